import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '../domain/json.ts';
import type { JsonColumn, NullableTimestamp, Timestamp } from './column-types.ts';

export interface TokenTable {
  id: string;
  name: string;
  /** SHA-256 of the token, hex. */
  hash: string;
  scopes: JsonColumn<string[]>;
  /** What its holder may approve. */
  roles: ColumnType<string[], string | undefined, string>;
  /** What alone it may see and do; null: all. */
  repositories: ColumnType<string[] | null, string | null | undefined, string | null>;
  pipelines: ColumnType<string[] | null, string | null | undefined, string | null>;
  created_at: Timestamp;
  expires_at: NullableTimestamp;
  last_used_at: NullableTimestamp;
}

/** A log-in of the page; it ends with its token at the latest. */
export interface SessionTable {
  /** SHA-256 of what the cookie holds, hex. */
  hash: string;
  token_id: string;
  created_at: Timestamp;
  expires_at: Timestamp;
}

export interface AuditTable {
  id: Generated<number>;
  at: Timestamp;
  who: string;
  action: string;
  target: string;
  detail: JsonColumn<JsonObject>;
}

/** What a person has decided about a step that asked for an approval. */
export interface ApprovalTable {
  run_id: string;
  step_id: string;
  /** Fingerprint of what was decided about: where it changes, the decision is void. */
  subject: string;
  who: string;
  /** Those of the step's roles that the person had. */
  roles: JsonColumn<string[]>;
  verdict: 'approved' | 'rejected';
  comment: string | null;
  at: Timestamp;
}
