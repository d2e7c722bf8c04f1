import { type Selectable, sql } from 'kysely';
import type { ApprovalTable } from './access-tables.ts';
import type { Db } from './database.ts';

export type ApprovalRow = Selectable<ApprovalTable>;

/** Everything that was decided in a run, also what is void by now; in the order in which it was. */
export async function readDecisions(db: Db, runId: string): Promise<ApprovalRow[]> {
  return db.selectFrom('approval').selectAll().where('run_id', '=', runId).orderBy('at').execute();
}

/** What was decided about exactly this. */
export async function readDecisionsOn(
  db: Db,
  about: { runId: string; stepId: string; subject: string },
): Promise<ApprovalRow[]> {
  const decisions = await readDecisions(db, about.runId);
  return decisions.filter(({ step_id, subject }) => step_id === about.stepId && subject === about.subject);
}

/** Keeps a decision; the same person's newer one takes the place of the older. Within the caller's transaction. */
export async function storeDecision(tx: Db, decision: Omit<ApprovalRow, 'at'>): Promise<void> {
  const { verdict, comment } = decision;
  const roles = JSON.stringify(decision.roles);
  await tx
    .insertInto('approval')
    .values({ ...decision, roles })
    .onConflict((conflict) =>
      conflict
        .columns(['run_id', 'step_id', 'subject', 'who'])
        .doUpdateSet({ verdict, comment, roles, at: sql<Date>`clock_timestamp()` }),
    )
    .execute();
}
