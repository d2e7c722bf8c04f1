import { splitPath } from '../domain/branch-layout.ts';
import type { Revision } from '../domain/change.ts';
import { type ChangeRow, changesAt } from '../store/changes.ts';
import type { Position } from './read-revisions.ts';
import type { SubversionWatch } from './watch.ts';

/**
 * The revision of the cursor as it is now, where it is still the one that was read and has an earlier date only: svnsync
 * commits a mirror's revision under its own name, now, and writes its true author and date a moment after. What somebody
 * commits once more, after a backup was restored, has a later one.
 * @returns undefined where it is another revision
 */
export async function redatedRevision(
  watch: SubversionWatch,
  { generation, cursor, date }: Position,
  signal: AbortSignal,
): Promise<Revision | undefined> {
  const stored = await changesAt(watch.db, { repository: watch.repository.name, generation, move: cursor });
  for await (const revision of watch.scm.revisions({ from: cursor, to: cursor }, signal)) {
    const { committedAt } = revision;
    const isEarlier = date !== null && committedAt !== null && Date.parse(committedAt) < Date.parse(date);
    return isEarlier && isSame(watch, stored, revision) ? revision : undefined;
  }
  return undefined;
}

/** What is stored beside the revision's own paths, of externals and of branches that came with a folder, says nothing here. */
function isSame({ layout }: SubversionWatch, stored: readonly ChangeRow[], revision: Revision): boolean {
  const told = revision.paths.flatMap(({ path, action }) => {
    const place = splitPath(layout, path);
    return place === null ? [] : [keyOf(place.branch, { path: place.rest, action })];
  });
  if (stored.length === 0) return told.length === 0;
  const known = new Set(told);
  return stored.every(
    ({ branch, message, paths }) =>
      message === revision.message &&
      paths.every((changed) => {
        const isOwn = changed.path !== '' && changed.external === undefined;
        return !isOwn || known.has(keyOf(branch, changed));
      }),
  );
}

function keyOf(branch: string, { path, action }: { path: string; action: string }): string {
  return JSON.stringify([branch, path, action]);
}
