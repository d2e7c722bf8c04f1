import type { LockedExternal } from '../domain/external.ts';
import type { Counter, JsonColumn, Nullable } from './column-types.ts';

/** What `svn:externals` brought into the newest run of a pipeline on a branch, if anything: commits there make it run too. */
export interface ExternalUseTable {
  pipeline: string;
  repository: string;
  generation: number;
  branch: string;
  /** Of that run. */
  move: Counter;
  /** The pipeline's `source.path`. */
  path: string;
  /** Its `source.only`; empty for none. */
  only_parts: string[];
  externals: JsonColumn<LockedExternal[]>;
  /** The last revision that may have changed the list; it counts as known while `move` is not before that. */
  stale_since: Nullable<number>;
  /** The list became known when later revisions than this may have been decided on; null: they have been decided on with it. */
  unfollowed_since: Nullable<number>;
}
