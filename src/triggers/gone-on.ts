import { branchOfRef } from '../domain/git-names.ts';
import { pushesSince } from '../store/announcements.ts';
import { reachedRevisions } from '../store/changes.ts';
import type { Db } from '../store/database.ts';

/** A commit of a branch, or the tag object of a tag. */
export interface GoneOn {
  branch: string;
  revision: string;
}

/** How much later than the hooks of the pushes that followed it one may come. */
const disorderMs = 10 * 60_000;

/**
 * What a branch had become when it was read after a push, in whose place others had come by then: the first that was seen of
 * those that hooks told of, each beginning where the one before it ended.
 * @returns null where no hook tells of any
 */
export async function goneOnFrom(
  db: Db,
  {
    repository,
    ref,
    after,
    receivedAt,
  }: { repository: string; ref: string; after: string; receivedAt: Date },
): Promise<GoneOn | null> {
  const branch = branchOfRef(ref);
  if (branch === null) return null;
  const since = new Date(receivedAt.getTime() - disorderMs);
  const pushes = await pushesSince(db, { repository, ref, since });
  const way = new Set<string>([after]);
  for (let at: string | undefined = after; at !== undefined; ) {
    const from: string = at;
    at = pushes.find((push) => push.before === from && !way.has(push.after))?.after;
    if (at !== undefined) way.add(at);
  }
  way.delete(after);
  if (way.size === 0) return null;
  const reached = await reachedRevisions(db, { repository, branch, revisions: [...way] });
  const revision = [...way].find((id) => reached.has(id));
  return revision === undefined ? null : { branch, revision };
}
