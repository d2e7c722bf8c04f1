import type { Selectable } from 'kysely';
import type { Db } from './database.ts';
import type { TransitionTable } from './transition-table.ts';

export type TransitionRow = Selectable<TransitionTable>;

/** Every change of the states of a run and its steps, in their order; the database keeps them by itself. */
export async function readHistory(db: Db, runId: string): Promise<TransitionRow[]> {
  return db.selectFrom('transition').selectAll().where('run_id', '=', runId).orderBy('seq').execute();
}
