import { splitPath } from '../domain/branch-layout.ts';
import type { Change, Revision } from '../domain/change.ts';
import { isAbove } from '../domain/tree-path.ts';
import { livingBranches } from '../store/changes.ts';
import type { Db } from '../store/database.ts';
import { markedBy, type RevisionOrigin } from './decide-revision.ts';

/**
 * The branches that go with a folder above them: a project that is deleted or replaced takes its trunk with it, and no path
 * of the revision names that. Those are found of which something has been seen: stored, or in what was read before.
 */
export async function branchesDeletedWith(
  db: Db,
  revision: Revision,
  { origin, read }: { origin: RevisionOrigin; read: readonly Pick<Change, 'branch' | 'happened'>[] },
): Promise<Change[]> {
  const folders = revision.paths
    .filter(({ action, kind, path }) => {
      const isGone = action === 'deleted' || action === 'replaced';
      return isGone && kind !== 'file' && splitPath(origin.layout, path) === null;
    })
    .map(({ path }) => path);
  if (folders.length === 0) return [];
  const { repository, generation } = origin;
  const living = new Set(await livingBranches(db, { repository, generation }, folders));
  for (const { branch, happened } of read) {
    if (happened === 'deleted') living.delete(branch);
    else if (folders.some((folder) => isAbove(folder, branch))) living.add(branch);
  }
  const { author, committedAt, message } = revision;
  const move = Number(revision.revision);
  const root = { path: '', action: 'deleted', kind: 'directory' } as const;
  return [...living].sort().map((branch): Change => {
    const place = { repository, generation, branch, move, revision: revision.revision };
    return {
      ...place,
      author,
      committedAt,
      message,
      paths: [root],
      ...markedBy(revision),
      happened: 'deleted',
    };
  });
}
