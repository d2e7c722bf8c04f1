import type { Generated } from 'kysely';
import type { BranchEvent } from '../domain/branch-events.ts';
import type { ChangedPath, RevisionProperties } from '../domain/change.ts';
import type { FilterVerdict } from '../domain/decision.ts';
import type { GitlabPipeline } from '../domain/gitlab-pipeline.ts';
import type { MergeRequest } from '../domain/merge-request.ts';
import type { BranchRename } from '../domain/renamed-branches.ts';
import type {
  Counter,
  JsonColumn,
  Nullable,
  NullableJsonColumn,
  NullableTimestamp,
  Timestamp,
} from './column-types.ts';

/**
 * One move of one branch; or a merge request's newest commit, or what GitLab's pipeline ran for. Unique: (repository,
 * generation, branch, move); of requests (..., revision, number, target), of GitLab's pipelines (..., revision, status).
 */
export interface ChangeTable {
  id: string;
  repository: string;
  generation: number;
  branch: string;
  move: Counter;
  revision: string;
  author: string | null;
  committed_at: NullableTimestamp;
  message: string;
  /** At most 1,000 paths are kept; `path_count` tells how many there were. */
  paths: JsonColumn<ChangedPath[]>;
  path_count: number;
  request: NullableJsonColumn<MergeRequest>;
  gitlab: NullableJsonColumn<GitlabPipeline>;
  /** What happened to the branch as a whole; its life before that has nothing to do with the one after. */
  happened: Nullable<BranchEvent>;
  renamed: NullableJsonColumn<BranchRename>;
  is_replaced: Nullable<boolean>;
  /** Of its revision. */
  properties: NullableJsonColumn<RevisionProperties>;
  /** Of an annotated tag of Git: its own id, which is not that of the commit. */
  tag_object: Nullable<string>;
  /** What found it first. */
  event_id: string | null;
  created_at: Timestamp;
}

/** Why a pipeline did or did not run for a change: every filter with value and verdict. */
export interface DecisionTable {
  change_id: string;
  pipeline: string;
  /** Of a pipeline of another repository: the branch whose tree the change is part of; else ''. */
  branch_of_use: Generated<string>;
  /** `wait`: it passes, and its run is made when the branch has been quiet for long enough. */
  verdict: 'run' | 'skip' | 'wait';
  filters: JsonColumn<FilterVerdict[]>;
  run_id: string | null;
  /** Of `wait`: when the branch has been quiet for long enough, if nothing comes until then. */
  wait_until: NullableTimestamp;
  /** The run of a newer change of the branch that stands for this one too. */
  collapsed_into: Nullable<string>;
  created_at: Timestamp;
}
