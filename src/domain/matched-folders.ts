import type { Change, ChangedPath } from './change.ts';
import { pathFilter } from './path-filter.ts';
import type { Pipeline } from './pipeline.ts';
import { isAbove } from './tree-path.ts';
import { counts } from './watched-paths.ts';

/** With more folders or paths than these the run is told of `source.path` alone: nobody goes through so many. */
const mostFolders = 100;
const mostPaths = 1000;

/**
 * The folders of the branch in which a change touched something that its pipeline asks for, none below another one; '' is the
 * branch's root.
 */
export function matchedFolders({ on, source }: Pipeline, { paths }: Pick<Change, 'paths'>): string[] {
  const { path: base } = source;
  if (paths.length > mostPaths) return [base];
  const filter = pathFilter(on.commit?.paths ?? ['**']);
  const watched = { base, filter, ignore: on.commit?.ignore ?? [], exists: () => true };
  const folders = paths.filter((changed) => counts(changed, watched)).map(folderOf);
  return shortestFolders(folders, base);
}

/** The same of several changes that one run stands for. */
export function shortestFolders(folders: readonly string[], base: string): string[] {
  const shortest: string[] = [];
  for (const folder of [...new Set(folders)].sort(byLength)) {
    if (!shortest.some((above) => isAbove(above, folder))) shortest.push(folder);
    if (shortest.length > mostFolders) return [base];
  }
  return shortest.sort();
}

function folderOf({ path, kind }: ChangedPath): string {
  if (kind === 'directory') return path;
  const cut = path.lastIndexOf('/');
  return cut < 0 ? '' : path.slice(0, cut);
}

function byLength(left: string, right: string): number {
  return left.length - right.length || (left < right ? -1 : 1);
}
