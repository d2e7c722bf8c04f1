import type { ChangedPath } from './change.ts';
import type { LockedExternal } from './external.ts';
import { isAbove } from './tree-path.ts';
import { isWholeFolder } from './watched-paths.ts';

/** A tree that externals bring folders of other places into. */
export interface ExternalUse {
  branch: string;
  /** The tree's root, relative to the branch. */
  path: string;
  externals: readonly LockedExternal[];
}

/** What a revision of a repository has changed. */
export interface ChangedPlaces {
  /** Of the repository, canonical, without a user. */
  rootUrl: string;
  paths: readonly ChangedPath[];
}

/**
 * What a revision changes in a tree through its externals: each path as it is in the branch of the tree. What an external
 * names by a revision stays as it is.
 */
export function changesThroughExternals(use: ExternalUse, { rootUrl, paths }: ChangedPlaces): ChangedPath[] {
  return placesOf(use, rootUrl).flatMap((place) => paths.flatMap((changed) => throughOne(changed, place)));
}

/** The folder of a repository that an external brings into a tree, and that a changed path lies in. */
export function externalAt(use: ExternalUse, rootUrl: string, path: string): string | undefined {
  const found = placesOf(use, rootUrl).find(({ folder }) => folder === path || isAbove(folder, path));
  return found?.folder;
}

interface Place {
  /** In the changed repository. */
  folder: string;
  /** In the branch of the tree. */
  target: string;
}

function placesOf(use: ExternalUse, rootUrl: string): Place[] {
  return use.externals.flatMap(({ path, url, isFloating }) => {
    const folder = isFloating ? pathOf(url, rootUrl) : undefined;
    return folder === undefined ? [] : [{ folder, target: joined(use.path, path) }];
  });
}

/** Whether a change of a path may have changed what `svn:externals` bring into the trees that it lies in. */
export function mayChangeExternals({ kind, action, ...changed }: ChangedPath): boolean {
  if (kind === 'file') return false;
  if (action === 'added' && kind === 'directory')
    return changed.copiedFrom !== undefined || changed.hasProperties === true;
  if (action !== 'modified') return true;
  return changed.properties?.includes('svn:externals') ?? true;
}

/**
 * The same externals for another run: those that name no revision as they are at the newest of their repository.
 * @returns null when the newest revision of one of them is not known
 */
export function lockAgain(
  externals: readonly LockedExternal[],
  heads: readonly { rootUrl: string; revision: number }[],
): LockedExternal[] | null {
  const locked: LockedExternal[] = [];
  for (const external of externals) {
    const head = heads.find(({ rootUrl }) => pathOf(external.url, rootUrl) !== undefined);
    if (external.isFloating && head === undefined) return null;
    const revision = `${head?.revision}`;
    locked.push(external.isFloating ? { ...external, revision, peg: revision } : external);
  }
  return locked;
}

/** Whether a revision deletes the tree itself; `branch`: its folder. */
export function isDeletedBy(
  { branch, path }: Pick<ExternalUse, 'branch' | 'path'>,
  paths: readonly ChangedPath[],
): boolean {
  const root = joined(branch, path);
  return paths.some(
    ({ action, path: deleted }) => action === 'deleted' && (deleted === root || isAbove(deleted, root)),
  );
}

/** The path of a URL in its repository, not encoded; undefined for one that is not in it. */
function pathOf(url: string, rootUrl: string): string | undefined {
  if (url === rootUrl) return '';
  if (!url.startsWith(`${rootUrl}/`)) return undefined;
  return url
    .slice(rootUrl.length + 1)
    .split('/')
    .map(decodeURIComponent)
    .join('/');
}

function throughOne(changed: ChangedPath, { folder, target }: Place): ChangedPath[] {
  const { copiedFrom: _, ...facts } = changed;
  const isWhole = isWholeFolder(changed);
  // What the copy holds cannot be looked up in the branch: it counts as a whole.
  const action = isWhole && changed.action !== 'deleted' ? 'replaced' : changed.action;
  const through = { ...facts, action, external: changed.path };
  if (isAbove(changed.path, folder)) return isWhole ? [{ ...through, path: target }] : [];
  if (changed.path === folder) return [{ ...through, path: target }];
  if (!isAbove(folder, changed.path)) return [];
  const rest = folder === '' ? changed.path : changed.path.slice(folder.length + 1);
  return [{ ...through, path: joined(target, rest) }];
}

function joined(...parts: string[]): string {
  return parts.filter((part) => part !== '').join('/');
}
