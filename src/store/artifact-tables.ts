import type { Generated } from 'kysely';
import type { Counter, Timestamp } from './column-types.ts';

/** A file that a step has left. It belongs to a set, which counts once the end of a step names it. */
export interface ArtifactTable {
  id: Generated<string>;
  set_id: string;
  /** Relative to the step's working folder. */
  path: string;
  bytes: Counter;
  mode: number;
  created_at: Timestamp;
}

/** The content of an artifact, in order of `seq`, from 0. */
export interface ArtifactChunkTable {
  artifact_id: string;
  seq: number;
  data: Buffer;
}
