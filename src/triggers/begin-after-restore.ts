import type { Revision } from '../domain/change.ts';
import type { RepositoryIdentity } from '../scm/source-control.ts';
import { revisionDates } from '../store/changes.ts';
import { correctRevision } from '../store/message-corrections.ts';
import { recordAlarm } from '../store/record-alarm.ts';
import { keepWaiting } from '../store/waiting-changes.ts';
import { correctCursorDate, startGeneration, type WatcherRow } from '../store/watchers.ts';
import { overtaken } from './overtaken.ts';
import { chunkSize, type Position } from './read-revisions.ts';
import { redatedRevision } from './redated-revision.ts';
import type { SubversionWatch } from './watch.ts';

export interface Replaced {
  row: WatcherRow;
  identity: RepositoryIdentity;
  /** Up to where the one before was read. */
  position: Position;
}

/**
 * A repository whose revision at the cursor has another date than was read. Mostly it was restored from a backup and has
 * grown since, past the cursor: it is watched anew from the last revision that is still the one that was read. What follows
 * it was never seen, whatever its number; where none of the newest is the same, history begins at HEAD. Where nothing else
 * is different, what is stored of that revision is corrected, and reading goes on.
 */
export async function beginAfterRestore(
  watch: SubversionWatch,
  { row, identity, position }: Replaced,
  signal: AbortSignal,
): Promise<Position> {
  const { cursor } = position;
  const compared = await compareDates(watch, { position, identity }, signal);
  const redated = compared.firstOther < cursor ? undefined : await redatedRevision(watch, position, signal);
  if (redated !== undefined) return goOnFrom(watch, position, redated);
  const why = `r${cursor} is not the revision that was read: the repository was restored from a backup and has grown since`;
  return beginFrom(watch, { row, identity }, { ...compared, why });
}

/**
 * A repository that went back, or has another UUID. What was committed since it is the one that it is now, and nobody has
 * looked, is new: it is watched anew from the last revision that is still the one that was read. Where none of the newest
 * is, as in another repository, history begins at HEAD.
 */
export async function beginAnew(
  watch: SubversionWatch,
  replaced: Replaced & { why: string },
  signal: AbortSignal,
): Promise<Position> {
  const { common } = await compareDates(watch, replaced, signal);
  return beginFrom(watch, replaced, { common, why: replaced.why });
}

/** Whether nothing of what HEAD still has is known to be another revision than was read. */
export async function isOnlyLower(
  watch: SubversionWatch,
  place: Pick<Replaced, 'position' | 'identity'>,
  signal: AbortSignal,
): Promise<boolean> {
  return (await compareDates(watch, place, signal)).firstOther === Number.POSITIVE_INFINITY;
}

/** Where the next generation begins: after what it has in common with the one before. */
interface Beginning {
  common: number | null;
  why: string;
}

async function beginFrom(
  { db, logger }: SubversionWatch,
  { row, identity }: Pick<Replaced, 'row' | 'identity'>,
  { common, why }: Beginning,
): Promise<Position> {
  const { repository } = row;
  const { uuid, rootUrl, head } = identity;
  const begin =
    common === null
      ? `it is watched anew from r${head}, nothing before that runs`
      : `what follows r${common} is new`;
  const alarm = `${why}; ${begin}`;
  logger.error({ repository, alarm }, 'Repository replaced: watching it anew');
  const generation = row.generation + 1;
  const start = { repository, known: row.generation, generation, cursor: common ?? head, uuid, rootUrl };
  await db.transaction().execute(async (tx) => {
    if ((await startGeneration(tx, start)) === undefined) throw overtaken(repository);
    await keepWaiting(tx, { repository, generation, upTo: common ?? 0 });
    await recordAlarm(tx, { repository, key: `generation-${generation}`, alarm });
  });
  return { generation, cursor: start.cursor, date: null };
}

async function goOnFrom(
  { db, repository: { name: repository }, logger }: SubversionWatch,
  { generation, cursor }: Position,
  { author, message, committedAt: date }: Revision,
): Promise<Position> {
  logger.info({ repository, revision: cursor }, 'The date of a revision was corrected');
  await correctRevision(db, { repository, revision: String(cursor), author, message, committedAt: date });
  await correctCursorDate(db, { repository, revision: cursor, date });
  return { generation, cursor, date };
}

interface ComparedDates {
  /** The last revision that was read with the date that it has now; null for none. */
  common: number | null;
  /** The first after that one that has another; Infinity for none. */
  firstOther: number;
}

/**
 * Holds the newest revisions that were read against what they are now, in whatever generation: one that begins after a
 * restore has what is before that in common with those before it.
 */
async function compareDates(
  { db, repository, scm }: SubversionWatch,
  { position: { cursor }, identity }: Pick<Replaced, 'position' | 'identity'>,
  signal: AbortSignal,
): Promise<ComparedDates> {
  const compared: ComparedDates = { common: null, firstOther: Number.POSITIVE_INFINITY };
  const to = Math.min(cursor, identity.head);
  if (to === 0) return compared;
  const range = { from: Math.max(1, to - chunkSize), to };
  const dates = await revisionDates(db, { repository: repository.name, ...range });
  for await (const { revision, committedAt } of scm.revisions(range, signal)) {
    const known = dates.get(revision);
    if (known === undefined || committedAt === null) continue;
    const isSame = known.some((date) => date.getTime() === new Date(committedAt).getTime());
    if (isSame) Object.assign(compared, { common: Number(revision), firstOther: Number.POSITIVE_INFINITY });
    else compared.firstOther = Math.min(compared.firstOther, Number(revision));
  }
  return compared;
}
