import type { RepositoryIdentity } from '../scm/source-control.ts';
import { revisionDates } from '../store/changes.ts';
import { recordAlarm } from '../store/record-alarm.ts';
import { startGeneration, type WatcherRow } from '../store/watchers.ts';
import { overtaken } from './overtaken.ts';
import { chunkSize, type Position } from './read-revisions.ts';
import type { SubversionWatch } from './watch.ts';

export interface Restored {
  row: WatcherRow;
  identity: RepositoryIdentity;
  /** Where the revision stands that is another one now. */
  position: Position;
}

/**
 * A repository that was restored from a backup and has grown since, past the cursor: it is watched anew from the last
 * revision that is still the one that was read. What follows it was never seen, whatever its number; where none of the
 * newest is the same, history begins at HEAD.
 */
export async function beginAfterRestore(
  watch: SubversionWatch,
  { row, identity, position }: Restored,
  signal: AbortSignal,
): Promise<Position> {
  const { repository } = row;
  const { cursor } = position;
  const common = await lastCommonRevision(watch, position, signal);
  const begin =
    common === null
      ? `it is watched anew from r${identity.head}, nothing before that runs`
      : `what follows r${common} is new`;
  const alarm = `r${cursor} is not the revision that was read: the repository was restored from a backup and has grown since; ${begin}`;
  watch.logger.error({ repository, alarm }, 'Repository replaced: watching it anew');
  const generation = row.generation + 1;
  const { uuid, rootUrl } = identity;
  const start = { repository, known: row.generation, generation, cursor: common ?? identity.head };
  const started = await startGeneration(watch.db, { ...start, uuid, rootUrl });
  if (started === undefined) throw overtaken(repository);
  await recordAlarm(watch.db, { repository, key: `generation-${generation}`, alarm });
  return { generation, cursor: start.cursor, date: null };
}

/** Of the newest revisions that were read, the last one before the first that has another date now; null for none. */
async function lastCommonRevision(
  { db, repository, scm }: SubversionWatch,
  { generation, cursor }: Position,
  signal: AbortSignal,
): Promise<number | null> {
  const range = { from: Math.max(1, cursor - chunkSize), to: cursor };
  const dates = await revisionDates(db, { repository: repository.name, generation, ...range });
  let common: number | null = null;
  for await (const { revision, committedAt } of scm.revisions(range, signal)) {
    const known = dates.get(revision);
    if (known === undefined || committedAt === null) continue;
    if (known.getTime() !== new Date(committedAt).getTime()) break;
    common = Number(revision);
  }
  return common;
}
