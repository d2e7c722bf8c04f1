import { sql } from 'kysely';
import type { ChangeTable } from './change-tables.ts';
import type { ChangeRow } from './changes.ts';
import type { Db } from './database.ts';

/** A revision of Subversion that a pipeline has had a run of, when the repository was watched as another generation. */
export interface EarlierRun extends Pick<ChangeTable, 'branch' | 'revision'> {
  committedAt: Date;
  pipeline: string;
  /** As of the decision. */
  branchOfUse: string;
}

/** The runs that the generations before have made of these revisions, by themselves or together with newer ones. */
export async function earlierRuns(
  db: Db,
  wanted: { repository: string; generation: number; revisions: readonly string[] },
): Promise<EarlierRun[]> {
  return db
    .selectFrom('change')
    .innerJoin('decision', 'decision.change_id', 'change.id')
    .select(['branch', 'revision', 'pipeline', 'branch_of_use as branchOfUse'])
    .select(sql<Date>`committed_at`.as('committedAt'))
    .where('repository', '=', wanted.repository)
    .where('generation', '<', wanted.generation)
    .where('revision', 'in', wanted.revisions)
    .where(sql<boolean>`revision = move::text`)
    .where('committed_at', 'is not', null)
    .where((where) => where.or([where('run_id', 'is not', null), where('collapsed_into', 'is not', null)]))
    .execute();
}

/** The first that is on record of a Subversion repository, from a generation before: its watching began with that. */
export async function firstOnRecord(
  db: Db,
  { repository, generation }: { repository: string; generation: number },
): Promise<Pick<ChangeRow, 'move' | 'committed_at'> | undefined> {
  return db
    .selectFrom('change')
    .select(['move', 'committed_at'])
    .where('repository', '=', repository)
    .where('generation', '<', generation)
    .where(sql<boolean>`revision = move::text`)
    .orderBy('created_at')
    .orderBy('move')
    .limit(1)
    .executeTakeFirst();
}
