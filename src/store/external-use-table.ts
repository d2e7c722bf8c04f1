import type { LockedExternal } from '../domain/external.ts';
import type { Counter, JsonColumn } from './column-types.ts';

/** What `svn:externals` brought into the newest run of a pipeline on a branch: commits there make it run too. */
export interface ExternalUseTable {
  pipeline: string;
  repository: string;
  generation: number;
  branch: string;
  /** Of that run. */
  move: Counter;
  /** The pipeline's `source.path`. */
  path: string;
  externals: JsonColumn<LockedExternal[]>;
}
