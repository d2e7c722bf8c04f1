import type { z } from 'zod';
import type { RepositoryConfig } from '../../config/server-config.ts';
import { revisionLabel } from '../../domain/revision-label.ts';
import type { Db } from '../../store/database.ts';
import { lastUnannounced, latestAlarms, type Unannounced } from '../../store/hook-health.ts';
import type { WatcherStanding } from '../../store/list-watchers.ts';
import type { repositorySchema } from '../schemas/repository.ts';
import { iso } from '../schemas/shared.ts';

type RepositoryView = z.output<typeof repositorySchema>;

/** A repository with what its watcher and its hooks tell. */
export async function viewRepository(
  db: Db,
  repository: RepositoryConfig,
  { watcher, pipelines }: { watcher: WatcherStanding | undefined; pipelines: string[] },
): Promise<RepositoryView> {
  const [unannounced, alarms] = await Promise.all([
    lastUnannounced(db, repository.name),
    latestAlarms(db, repository.name),
  ]);
  return {
    name: repository.name,
    kind: repository.kind,
    url: repository.url,
    pollMs: repository.pollMs,
    uuid: watcher?.uuid ?? null,
    state: watcher?.state ?? 'new',
    cursor: watcher?.cursor == null ? null : String(watcher.cursor),
    behind: watcher?.behind ?? null,
    lastError: watcher?.last_error ?? null,
    failures: watcher?.failures ?? 0,
    failingSince: iso(watcher?.failing_since ?? null),
    polledAt: iso(watcher?.polled_at ?? null),
    nextPollAt: iso(watcher?.next_poll_at ?? null),
    lastHookAt: iso(watcher?.last_hook_at ?? null),
    hooks: hookHealth(watcher?.last_hook_at ?? null, unannounced),
    alarms: alarms.map(({ eventId, text, at }) => ({ eventId, text, at: iso(at) })),
    pipelines,
  };
}

function hookHealth(lastHookAt: Date | null, unannounced: Unannounced | null): RepositoryView['hooks'] {
  const missed =
    unannounced === null
      ? null
      : { eventId: unannounced.eventId, revisions: unannounced.revisions, at: iso(unannounced.at) };
  if (lastHookAt === null) {
    return { state: 'none', text: 'no hook has come yet: commits are found by polling', missed };
  }
  // A hook that came after what was missed says that they work again.
  if (unannounced === null || unannounced.at < lastHookAt) {
    return { state: 'working', text: 'hooks announce what is committed', missed };
  }
  const newest = unannounced.revisions.at(-1) ?? '';
  return { state: 'missing', text: `${revisionLabel(newest)} was not announced by a hook`, missed };
}
