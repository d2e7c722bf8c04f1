import { type Selectable, sql } from 'kysely';
import type { Db } from './database.ts';
import type { WorkerTable } from './worker-table.ts';

export interface WorkerRow extends Selectable<WorkerTable> {
  /** Runs in its hands. */
  active: number;
}

/** Those seen last come first. */
export async function listWorkers(db: Db): Promise<WorkerRow[]> {
  return db
    .selectFrom('worker')
    .selectAll()
    .select(active)
    .orderBy('seen_at', 'desc')
    .orderBy('id')
    .execute();
}

const active = sql<number>`(
  select count(*)::integer from lease join run on run.id = lease.run_id
  where run.state = 'running' and lease.expires_at > clock_timestamp() and lease.owner like worker.id || '/%'
)`.as('active');
