import { type BranchLayout, splitPath } from '../domain/branch-layout.ts';
import type { ChangedPath, Revision } from '../domain/change.ts';

/**
 * The revision without the new folders that something else of it lies in: they are there for that alone, as in Git, and would
 * make filters such as `!docs/**` let pass what is made of nothing but such files. The folder of a branch stays, for it tells
 * that the branch was made; so does one with properties, or with nothing in it.
 */
export function withoutImpliedFolders(revision: Revision, layout: BranchLayout): Revision {
  const { paths } = revision;
  const isMade = ({ action, kind, copiedFrom, hasProperties }: ChangedPath) =>
    action === 'added' && kind === 'directory' && copiedFrom === undefined && hasProperties !== true;
  if (!paths.some(isMade)) return revision;
  const filled = new Set(paths.map(({ path }) => path.slice(0, Math.max(path.lastIndexOf('/'), 0))));
  const isImplied = (changed: ChangedPath) =>
    isMade(changed) && filled.has(changed.path) && splitPath(layout, changed.path)?.rest !== '';
  return { ...revision, paths: paths.filter((changed) => !isImplied(changed)) };
}
