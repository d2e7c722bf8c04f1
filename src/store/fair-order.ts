import { type Beginner, type Begun, type BegunRow, begunColumns, begunOf } from './begin-alone.ts';
import type { Db } from './database.ts';
import { prepared } from './prepared.ts';

/** Waiting for so long counts as one step of priority. The reference of `priority` names it. */
export const ageingMs = 5 * 60_000;
/** That of `high`. */
export const highestRank = 2;

export interface Turn {
  /** Whose job of the queue it is; null: a worker looks by itself. */
  jobOf: string | null;
  /** What the worker has. */
  labels: readonly string[];
  /** Runs that this worker is about to begin: they count as if they worked. */
  chosen: readonly string[];
  /** Runs that could not be begun. */
  passed: readonly string[];
  /** Of these the ones that wait for others of their group: so do those of the group that were made later. */
  waiting: readonly string[];
}

/**
 * Which run a worker with a free place begins next. Jobs of the queue come in the order in which runs were made; which
 * of the runs a job is for is decided here, so that a repository with many waiting runs does not hold up another: its
 * turn comes when the others have had theirs. First comes the higher priority, which waiting raises; then the
 * repository with fewest runs at work, of these the one that has begun none for longest; within it the same among its
 * pipelines; and last the oldest run that its concurrency group has room for.
 *
 * The job's own run comes first where its worker has died, and where its group has no room for it, so that it is
 * decided whether it waits or is superseded.
 * @returns undefined when nothing waits that this worker could begin
 */
export async function chooseRun(db: Db, turn: Turn): Promise<string | undefined> {
  const [row] = await choose(db, valuesOf(turn));
  return row?.id ?? undefined;
}

/** Chooses as `chooseRun`, and begins the run at once where it is the only open one of its group. */
export async function chooseAndBegin(
  db: Db,
  turn: Turn,
  { owner, ttlMs }: Omit<Beginner, 'labels'>,
): Promise<Begun | undefined> {
  const [row] = await beginNext(db, [...valuesOf(turn), owner, ttlMs]);
  return begunOf(row, owner);
}

const choose = prepared<{ id: string | null }>(
  'choose',
  'select choose_run($1, $2, $3, $4, $5, $6, $7) as id',
);

const beginNext = prepared<BegunRow>(
  'begin-next',
  `select ${begunColumns} from begin_next($1, $2, $3, $4, $5, $6, $7, $8, $9, true)`,
);

function valuesOf({ jobOf, labels, chosen, passed, waiting }: Turn): unknown[] {
  return [jobOf, labels, chosen, passed, waiting, ageingMs, highestRank];
}
