import { sql } from 'kysely';
import type { FilterVerdict } from '../domain/decision.ts';
import type { ChangeRow } from './changes.ts';
import type { Channel } from './channels.ts';
import type { Db } from './database.ts';

/** A branch of which a pipeline waits to run the newest change. */
export interface WaitingBranch {
  pipeline: string;
  repository: string;
  generation: number;
  branch: string;
}

/** A change that waits, with the verdicts that let it pass. */
export interface WaitingChange extends ChangeRow {
  filters: FilterVerdict[];
  /** Whether its branch may still be too busy by its own measure. */
  isEarly: boolean;
}

const eventChannel: Channel = 'trunkline_event';
const place = ['pipeline', 'repository', 'generation', 'branch'] as const;

/** Tells, when the transaction commits, those who look after waiting changes that there are new ones. */
export async function announceWaiting(tx: Db): Promise<void> {
  await sql`select pg_notify(${eventChannel}, '')`.execute(tx);
}

/** Branches that have been quiet for long enough, the first ones first. */
export async function quietBranches(
  db: Db,
  { limit, skip }: { limit: number; skip: number },
): Promise<WaitingBranch[]> {
  return waitingBranches(db)
    .select(place)
    .having((where) => where.fn.max('wait_until'), '<=', sql<Date>`clock_timestamp()`)
    .orderBy((order) => order.fn.max('wait_until'))
    .orderBy('pipeline')
    .orderBy('repository')
    .orderBy('generation')
    .orderBy('branch')
    .limit(limit)
    .offset(skip)
    .execute();
}

/** When the next branch will have been quiet for long enough, if nothing comes; null when none waits. */
export async function nextQuietAt(db: Db): Promise<Date | null> {
  const row = await db
    .selectFrom(
      waitingBranches(db)
        .select((select) => select.fn.max('wait_until').as('at'))
        .as('waiting'),
    )
    .select((select) => select.fn.min('at').as('at'))
    .executeTakeFirst();
  return row?.at ?? null;
}

function waitingBranches(db: Db) {
  return db
    .selectFrom('decision')
    .innerJoin('change', 'change.id', 'decision.change_id')
    .where('verdict', '=', 'wait')
    .groupBy(place);
}

/** What waits on a branch, oldest first, locked: whoever else wants it waits, and then finds nothing more. */
export async function takeWaiting(tx: Db, branch: WaitingBranch): Promise<WaitingChange[]> {
  return tx
    .selectFrom('decision')
    .innerJoin('change', 'change.id', 'decision.change_id')
    .selectAll('change')
    .select(['filters', sql<boolean>`wait_until > clock_timestamp()`.as('isEarly')])
    .where('verdict', '=', 'wait')
    .where('pipeline', '=', branch.pipeline)
    .where('repository', '=', branch.repository)
    .where('generation', '=', branch.generation)
    .where('branch', '=', branch.branch)
    .orderBy('move')
    .forUpdate('decision')
    .execute();
}

/**
 * What waits of the revisions that the next generation of a repository has in common with this one goes on waiting there.
 * Within the transaction that begins it.
 */
export async function keepWaiting(
  tx: Db,
  { repository, generation, upTo }: { repository: string; generation: number; upTo: number },
): Promise<void> {
  await tx
    .updateTable('change')
    .set({ generation })
    .where('repository', '=', repository)
    .where('generation', '=', generation - 1)
    .where('move', '<=', upTo)
    .where(sql<boolean>`exists (select from decision where change_id = change.id and verdict = 'wait')`)
    .execute();
}

/** What has become of a change that waited. */
export interface WaitingEnd {
  changeId: string;
  pipeline: string;
  filters: FilterVerdict[];
  /** Its own run. */
  runId: string | null;
  /** The run that stands for it. */
  collapsedInto: string | null;
}

/** Ends the waiting of a change. Within the transaction that took it. */
export async function endWaiting(tx: Db, end: WaitingEnd): Promise<void> {
  await tx
    .updateTable('decision')
    .set({
      verdict: end.runId === null ? 'skip' : 'run',
      filters: JSON.stringify(end.filters),
      run_id: end.runId,
      collapsed_into: end.collapsedInto,
      wait_until: null,
    })
    .where('change_id', '=', end.changeId)
    .where('pipeline', '=', end.pipeline)
    .where('verdict', '=', 'wait')
    .execute();
}

/** Ends the waiting of what came to a branch before it was deleted or made anew. Within the caller's transaction. */
export async function endOlderWaiting(
  tx: Db,
  end: Omit<WaitingBranch, 'pipeline'> & { move: number; why: FilterVerdict },
): Promise<void> {
  await sql`
    update decision set verdict = 'skip', wait_until = null, filters = filters || ${JSON.stringify([end.why])}::jsonb
    from change
    where change.id = decision.change_id and decision.verdict = 'wait' and change.repository = ${end.repository}
      and change.generation = ${end.generation} and change.branch = ${end.branch} and change.move < ${end.move}`.execute(
    tx,
  );
}

export type CollapsedChange = Pick<ChangeRow, 'revision' | 'author' | 'message'>;

/** The older changes that a run stands for, newest first. */
export async function collapsedChanges(db: Db, runId: string): Promise<CollapsedChange[]> {
  return db
    .selectFrom('decision')
    .innerJoin('change', 'change.id', 'decision.change_id')
    .select(['revision', 'author', 'message'])
    .where('collapsed_into', '=', runId)
    .orderBy('move', 'desc')
    .limit(mostShown)
    .execute();
}

/** Nobody reads more of them. */
const mostShown = 200;
