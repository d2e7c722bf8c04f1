import type { Selectable } from 'kysely';
import type { Db } from './database.ts';
import type { WorkerTable } from './worker-table.ts';

export type WorkerRow = Selectable<WorkerTable>;

/** Those seen last come first. */
export async function listWorkers(db: Db): Promise<WorkerRow[]> {
  return db.selectFrom('worker').selectAll().orderBy('seen_at', 'desc').orderBy('id').execute();
}
