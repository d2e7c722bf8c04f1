import type { ColumnType, Generated } from 'kysely';
import type { LockedExternal } from '../domain/external.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Outcome, RunState, StepOutcome, StepState } from '../domain/outcome.ts';
import type { RunTold } from '../domain/run-values.ts';
import type { StepProgress } from '../domain/step-progress.ts';
import type { ApprovalTable, AuditTable, SessionTable, TokenTable } from './access-tables.ts';
import type { ArtifactChunkTable, ArtifactTable } from './artifact-tables.ts';
import type { ChangeTable, DecisionTable } from './change-tables.ts';
import type {
  Counter,
  JsonColumn,
  Nullable,
  NullableJsonColumn,
  NullableTimestamp,
  Timestamp,
} from './column-types.ts';
import type { CommitStatusTable } from './commit-status-table.ts';
import type { DeploymentTable } from './deployment-table.ts';
import type { DriftReportTable } from './drift-table.ts';
import type { EnvironmentClusterTable } from './environment-clusters.ts';
import type { ExternalUseTable } from './external-use-table.ts';
import type { GitRefTable } from './git-ref-table.ts';
import type { HookSource } from './hook-source.ts';
import type { MetricMarkTable, MetricTotalTable } from './metric-table.ts';
import type { NotificationTable, NotifierTable } from './notifier-tables.ts';
import type { FileTextTable, RunFileTable } from './run-file-tables.ts';
import type { ScheduleTable } from './schedule-table.ts';
import type { TransitionTable } from './transition-table.ts';
import type { WorkerTable } from './worker-table.ts';

/** The tables of Trunkline, one interface each; `migrations/` makes them. Every JSON column is `jsonb`. */
export interface Database {
  watcher: WatcherTable;
  git_ref: GitRefTable;
  schedule: ScheduleTable;
  event: EventTable;
  change: ChangeTable;
  decision: DecisionTable;
  run: RunTable;
  file_text: FileTextTable;
  run_file: RunFileTable;
  step: StepTable;
  lease: LeaseTable;
  transition: TransitionTable;
  external_use: ExternalUseTable;
  commit_status: CommitStatusTable;
  notifier: NotifierTable;
  notification: NotificationTable;
  log_chunk: LogChunkTable;
  artifact: ArtifactTable;
  artifact_chunk: ArtifactChunkTable;
  deployment: DeploymentTable;
  drift_report: DriftReportTable;
  environment_cluster: EnvironmentClusterTable;
  approval: ApprovalTable;
  token: TokenTable;
  session: SessionTable;
  worker: WorkerTable;
  audit: AuditTable;
  metric_total: MetricTotalTable;
  metric_mark: MetricMarkTable;
}

/** One row a configured repository: what is known of it and up to where its history has been read. */
export interface WatcherTable {
  repository: string;
  url: string;
  root_url: string | null;
  uuid: string | null;
  generation: Generated<number>;
  /** Subversion: the last revision whose decisions are stored. Git: how many moves are. null before first contact. */
  cursor: Nullable<number>;
  /** Subversion: when the revision of the cursor was committed, as the server said it; null where it is not known. */
  cursor_date: Nullable<string>;
  /** Subversion: the newest revision that is known to be there, read or not: HEAD, or what a hook has announced. */
  newest: Nullable<number>;
  state: Generated<'new' | 'ok' | 'failing'>;
  failing_since: NullableTimestamp;
  last_error: Nullable<string>;
  failures: Generated<number>;
  polled_at: NullableTimestamp;
  next_poll_at: Timestamp;
  last_hook_at: NullableTimestamp;
  /** The worker that polls now, until when; nobody polls twice at once. */
  claimed_by: Nullable<string>;
  claimed_until: NullableTimestamp;
  claimed_at: NullableTimestamp;
  /** When the last poll began that read everything up to the newest. */
  read_at: NullableTimestamp;
}

/** The inbox: every hook, schedule tick and request as it came, stored before it was answered. */
export interface EventTable {
  id: string;
  source: HookSource | 'poll' | 'api' | 'schedule' | 'pipeline';
  repository: string | null;
  /** What makes a repeated delivery the same event; unique where not null. */
  delivery_key: string | null;
  received_at: Timestamp;
  remote: string | null;
  headers: JsonColumn<JsonObject>;
  body: JsonColumn<Json>;
  /** The whole delivery where `body` holds only what counts of it; without secrets. */
  payload: string | null;
  state: Generated<'received' | 'handled' | 'failed'>;
  handled_at: NullableTimestamp;
  attempts: Generated<number>;
  error: Nullable<string>;
  /** Revision or object id that the event announced or found. */
  revision: string | null;
  /** When an event that wants a run may be taken again; null: at once. */
  retry_at: NullableTimestamp;
}

export type RunTrigger =
  | 'commit'
  | 'merge-request'
  | 'gitlab-pipeline'
  | 'branch-created'
  | 'branch-deleted'
  | 'tag'
  | 'api'
  | 'retry'
  | 'rerun'
  | 'rollback'
  | 'correction'
  | 'schedule'
  | 'pipeline'
  | 'promotion';

export interface RunTable {
  id: string;
  /** Counts up within a pipeline; what people say ("cart #12"). */
  number: number;
  pipeline: string;
  /** The pipeline file as it was when the run was made, and its parsed form. */
  pipeline_source: string;
  definition: JsonColumn<JsonObject>;
  repository: string;
  generation: number;
  branch: string;
  move: Counter;
  revision: string;
  author: string | null;
  committed_at: NullableTimestamp;
  message: string;
  /** Decision 5: unique where not null; hook, poller and replay of one move share it. */
  identity: string | null;
  trigger: RunTrigger;
  requested_by: string;
  parameters: JsonColumn<JsonObject>;
  /** What `svn:externals` bring into its tree; null: not fixed yet, or no Subversion repository. */
  externals: NullableJsonColumn<LockedExternal[]>;
  event_id: string | null;
  /** The run of another pipeline whose end made this one. */
  upstream_id: Nullable<string>;
  /** What its event told, beyond the change itself. */
  told: ColumnType<RunTold, string | undefined, never>;
  /** Whether what follows from its end is stored. */
  is_followed: Generated<boolean>;
  concurrency_group: string;
  /** `priorityRanks`; waiting raises it. */
  priority: Generated<number>;
  /** Labels that a worker must have to take it. */
  runs_on: Generated<string[]>;
  state: Generated<RunState>;
  outcome: Nullable<Outcome>;
  /** One line: why it ended so, or what it waits for. */
  reason: Nullable<string>;
  created_at: Timestamp;
  /** When the first of those runs was made that it goes on with, as a retry, or was started by. Null for all others. */
  first_made_at: Nullable<Date>;
  started_at: NullableTimestamp;
  ended_at: NullableTimestamp;
  cancel_requested_at: NullableTimestamp;
  cancel_requested_by: Nullable<string>;
  cancel_rollout: Nullable<'leave' | 'roll-back'>;
  /** The number of the newer run of its group for whose sake it is to end; then a cancel is asked for too. */
  superseded_by: Nullable<number>;
  /** How often its job was put into the queue; part of the job's id. */
  deliveries: Generated<number>;
  delivered_at: Timestamp;
  /** When the retention policy took its log; null: it is there. */
  log_removed_at: NullableTimestamp;
  /** Of a run that waits: when it goes on without news; null: news has come, it goes on now. */
  wake_at: NullableTimestamp;
  /** Counts the news for a run that waits, so that none is missed on its way to sleep. */
  wakes: Generated<number>;
}

export interface StepTable {
  run_id: string;
  id: string;
  position: number;
  kind: string;
  state: Generated<StepState>;
  outcome: Nullable<StepOutcome>;
  reason: Nullable<string>;
  /** Attempts begun; 0 before the first. */
  attempt: Generated<number>;
  /** Waits for nothing: it begins in the moment in which its run does. */
  begins_with_run: Generated<boolean>;
  started_at: NullableTimestamp;
  ended_at: NullableTimestamp;
  /** What later steps may use: image id, digest, deployment. */
  output: NullableJsonColumn<JsonObject>;
  /** What the step has decided and begun outside, so that a take-over continues instead of repeating. */
  journal: NullableJsonColumn<JsonObject>;
  /** How far the newest attempt has come, or came. */
  progress: NullableJsonColumn<StepProgress>;
}

/** Who works on a run, and with which fencing number; every write of a worker names that number. */
export interface LeaseTable {
  run_id: string;
  owner: string;
  fencing: Counter;
  expires_at: Timestamp;
}

/** Log text in chunks of at most 32 KiB, in order of `seq` within a run; partitioned by `day`. */
export interface LogChunkTable {
  /** The day the run was made (so that a run's chunks lie in one partition). */
  day: ColumnType<string, string, string>;
  run_id: string;
  seq: Counter;
  step_id: string;
  at: Timestamp;
  text: string;
}
