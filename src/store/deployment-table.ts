import type { JsonObject } from '../domain/json.ts';
import type { RolloutOutcome } from '../domain/outcome.ts';
import type { AppliedObject } from '../domain/prune.ts';
import type {
  Counter,
  JsonColumn,
  Nullable,
  NullableJsonColumn,
  NullableTimestamp,
  Timestamp,
} from './column-types.ts';

/** One workload of one deploy of one step. */
export interface DeploymentTable {
  id: string;
  run_id: string;
  step_id: string;
  environment: string;
  /** Identity of the cluster, namespace and workload, as one string; one deployment at a time is active on it. */
  target: string;
  deploy_id: string;
  repository: string;
  branch: string;
  move: Counter;
  revision: string;
  state: 'active' | 'ended';
  outcome: Nullable<RolloutOutcome>;
  /** One line. */
  cause: Nullable<string>;
  images: JsonColumn<JsonObject>;
  /** The rendered set that was applied, so that a later rollback can return to it without a rebuild. */
  manifests: JsonColumn<JsonObject[]>;
  /** Of that set, the objects that are ours as a whole, with their uids; null: unknown, or looked through by a prune. */
  applied_objects: NullableJsonColumn<AppliedObject[]>;
  /** Diagnosis, events and last log lines, stored before a rollback begins. */
  evidence: NullableJsonColumn<JsonObject>;
  rollback: NullableJsonColumn<JsonObject>;
  started_at: Timestamp;
  ended_at: NullableTimestamp;
}
