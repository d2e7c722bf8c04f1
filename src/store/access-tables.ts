import type { Generated } from 'kysely';
import type { JsonObject } from '../domain/json.ts';
import type { JsonColumn, NullableTimestamp, Timestamp } from './column-types.ts';

export interface TokenTable {
  id: string;
  name: string;
  /** SHA-256 of the token, hex. */
  hash: string;
  scopes: JsonColumn<string[]>;
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
