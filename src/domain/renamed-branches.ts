import { type BranchLayout, splitPath } from './branch-layout.ts';
import type { ChangedPath } from './change.ts';
import { isAbove } from './tree-path.ts';

/** What a branch was called until one revision moved it, and what it is called now. */
export interface BranchRename {
  from: string;
  to: string;
}

/**
 * The branches that a revision of Subversion has moved: it copied each once, as a whole, and deleted it, by itself or with the
 * folder above it. Of one that was copied twice nobody can say which of the copies it is now.
 */
export function renamedBranches(layout: BranchLayout, paths: readonly ChangedPath[]): BranchRename[] {
  const copies = paths.flatMap(({ path, action, copiedFrom }): BranchRename[] => {
    if (copiedFrom === undefined || action === 'modified' || action === 'deleted') return [];
    const [from, to] = [splitPath(layout, copiedFrom.path), splitPath(layout, path)];
    return from?.rest === '' && to?.rest === '' ? [{ from: from.branch, to: to.branch }] : [];
  });
  if (copies.length === 0) return [];
  const deleted = paths.filter(({ action }) => action === 'deleted').map(({ path }) => path);
  const isGone = (folder: string) => deleted.some((path) => path === folder || isAbove(path, folder));
  return [...Map.groupBy(copies, ({ from }) => from).values()].flatMap(([copy, ...others]) =>
    copy !== undefined && others.length === 0 && isGone(copy.from) ? [copy] : [],
  );
}
