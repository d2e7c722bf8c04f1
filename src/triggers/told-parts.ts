import { isNoObject } from '../domain/git-names.ts';
import type { RefMove } from '../scm/source-control.ts';
import { recentPushes, type ToldPush } from '../store/announcements.ts';
import type { Db } from '../store/database.ts';
import { replicaPatienceMs } from './hidden-pushes.ts';

/**
 * The moves of branches with the pushes that hooks have told of between what was seen last and what is seen now: several of
 * them that are found in one look stay several moves, each with a commit, an author and a message of its own.
 */
export async function withToldParts(
  db: Db,
  { repository, readAt }: { repository: string; readAt: Date | null },
  moves: readonly RefMove[],
): Promise<RefMove[]> {
  const unreadMs = readAt === null ? 0 : Math.max(0, Date.now() - readAt.getTime());
  const pushes = await recentPushes(db, repository, unreadMs + replicaPatienceMs);
  return moves.map((move) => ({ ...move, told: toldParts(move, pushes) }));
}

/**
 * The way of a ref as far as pushes tell of it, each beginning where the one before it ended.
 * @param pushes newest first: of several from the same commit the last one counts
 */
export function toldParts({ ref, from, to }: RefMove, pushes: readonly ToldPush[]): string[] {
  if (!ref.startsWith('refs/heads/')) return [];
  const own = pushes.filter((push) => push.ref === ref);
  const begins = ({ before }: ToldPush, at: string | null) =>
    at === null ? isNoObject(before) : before === at;
  const parts = new Set<string>();
  for (let at = from; ; ) {
    const next = own.find((push) => begins(push, at))?.after;
    if (next === undefined || next === to || isNoObject(next) || parts.has(next)) return [...parts];
    parts.add(next);
    at = next;
  }
}
