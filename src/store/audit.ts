import type { JsonObject } from '../domain/json.ts';
import type { Db } from './database.ts';

export interface AuditEntry {
  /** Name of the token that asked. */
  who: string;
  /** What was asked for: `run.cancel`. */
  action: string;
  /** On what: the path of the call. */
  target: string;
  /** The call's input and request id; never a secret. */
  detail: JsonObject;
}

/** Appends a row; nothing in Trunkline changes one, and `retention.audit` alone removes it. */
export async function recordAudit(db: Db, entry: AuditEntry): Promise<void> {
  await db
    .insertInto('audit')
    .values({ ...entry, detail: JSON.stringify(entry.detail) })
    .execute();
}
