import { type ToldOutcome, toldOutcomes } from '../domain/notification.ts';
import type { Db } from './database.ts';

/** How the newest run of a pipeline on one of these branches ended that was neither cancelled nor superseded; null: none has. */
export async function readLastOutcome(
  db: Db,
  { pipeline, branches }: { pipeline: string; branches: string[] },
): Promise<ToldOutcome | null> {
  const row = await db
    .selectFrom('run')
    .select('outcome')
    .where('pipeline', '=', pipeline)
    .where('branch', 'in', branches)
    .where('state', '=', 'ended')
    .where('outcome', 'in', [...toldOutcomes])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return toldOutcomes.find((known) => known === row?.outcome) ?? null;
}
