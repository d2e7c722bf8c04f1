import type { RepositoryConfig } from '../config/server-config.ts';
import type { AnnouncedRevision } from '../store/announcements.ts';
import type { Db } from '../store/database.ts';
import { isOldEvent, reopenHook } from '../store/events.ts';
import { acceptEvent, type HookDelivery } from './accept-event.ts';
import { findHookRepository } from './hook-repository.ts';
import type { Intake } from './intake.ts';

/** A hook as it came in. */
export interface IncomingHook extends Omit<HookDelivery, 'repository'> {
  uuid: string;
  /** What the caller showed as its secret; '' for none. */
  token: string;
}

export type HookReceipt =
  | { kind: 'stored' | 'known'; eventId: string }
  /** Unknown repository or wrong token: whoever asks must not learn which. */
  | { kind: 'denied' };

export interface AcceptHookDependencies {
  db: Db;
  intake: Intake;
  repositories: Readonly<Record<string, RepositoryConfig>>;
  /** Starts the handling of a commit's hook that was stored; returns at once. */
  announce(announcement: AnnouncedRevision): void;
}

/** Authenticates a hook and stores it; the event is durable when this resolves. */
export async function acceptHook(
  { db, intake, repositories, announce }: AcceptHookDependencies,
  { uuid, token, ...delivery }: IncomingHook,
): Promise<HookReceipt> {
  const repository = await findHookRepository(repositories, intake, { uuid, token });
  if (repository === null) return { kind: 'denied' };
  const { eventId, isNew } = await acceptEvent(intake, { ...delivery, repository });
  // A property may be changed once more.
  if (!isNew && delivery.kind === 'revprop') await reopenHook(db, eventId);
  if (isNew && delivery.kind === 'commit') {
    announce({ eventId, repository, revision: delivery.revision });
  }
  // In a repository restored from a backup its number is given a second time: HEAD tells, once it is asked for.
  if (!isNew && delivery.kind === 'commit' && (await isOldEvent(db, eventId)))
    announce({ eventId, repository, revision: null });
  return { kind: isNew ? 'stored' : 'known', eventId };
}
