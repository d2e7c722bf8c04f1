import { wantsNewBranches } from './branch-events.ts';
import type { Change, ChangedPath } from './change.ts';
import { type PathFilter, pathFilter } from './path-filter.ts';
import type { Pipeline } from './pipeline.ts';
import { sparsePlace, touchesPlace } from './sparse-place.ts';
import { isAbove } from './tree-path.ts';
import type { CommitTrigger } from './triggers.ts';

/** The paths of a branch whose changes make a pipeline run. */
export interface WatchedPaths {
  /** `source.path`, which patterns are relative to. */
  base: string;
  /** `source.only`. */
  only?: readonly string[] | undefined;
  filter: PathFilter;
  ignore: CommitTrigger['ignore'];
  /** Whether a path of the branch exists at the change's revision; asked about what came as part of a copy. */
  exists(path: string): boolean;
}

/**
 * Whether a changed path counts. A folder above the watched paths counts when it was copied, deleted or replaced as a whole,
 * or when its `svn:externals` changed; not when it was only made or otherwise modified. Of a copy only what is really in it
 * counts.
 */
export function counts(changed: ChangedPath, watched: WatchedPaths): boolean {
  const { base, filter } = watched;
  if (isIgnored(changed, watched.ignore) || !isWithin(changed, watched)) return false;
  const isWhole = isWholeFolder(changed);
  if (isAbove(changed.path, base))
    return (
      (isWhole || hasOtherExternals(changed)) && filter.mayMatchBelow('') && holdsWatched(changed, watched)
    );
  const isInside = base === '' || changed.path === base || isAbove(base, changed.path);
  if (!isInside) return false;
  const path = base === '' ? changed.path : changed.path.slice(base.length + 1);
  return filter.matches(path) || (isWhole && filter.mayMatchBelow(path) && holdsWatched(changed, watched));
}

/** Whether something of what the tree holds may be touched. */
function isWithin(changed: ChangedPath, { base, only }: WatchedPaths): boolean {
  const places = only?.map((place) => sparsePlace(base === '' ? place : `${base}/${place}`));
  return places?.some((place) => touchesPlace(changed, place)) ?? true;
}

/**
 * What must be known of a branch's content before a pipeline is decided: watched folders that came with a copy, or are wanted
 * of a new branch, and the pipeline's own one where all that was touched in it was deleted: with Git it is gone then.
 */
export function placesToKnow(pipeline: Pipeline, change: Change): string[] {
  const trigger = pipeline.on.commit;
  const { path: base } = pipeline.source;
  const copies = change.paths.filter(isCopiedFolder);
  const isWatched = trigger !== null && pathFilter(trigger.branches).matches(change.branch);
  const places = isWatched ? watchedFolders(base, pathFilter(trigger.paths)) : [];
  const inCopies = places.filter((place) => copies.some(({ path }) => isAbove(path, place)));
  const isWanted = change.happened === 'created' && wantsNewBranches(pipeline);
  const isAsked = isWanted || (isWatched && mayBeEmptied(base, change));
  return isAsked ? [...inCopies, base] : inCopies;
}

function mayBeEmptied(base: string, { paths }: Change): boolean {
  const inside = base === '' ? [] : paths.filter(({ path }) => isAbove(base, path));
  return inside.length > 0 && inside.every(({ action }) => action === 'deleted');
}

/** Whatever else a copy holds, one of the watched folders is in it; a copy inside of a watched folder always counts. */
function holdsWatched(changed: ChangedPath, { base, filter, exists }: WatchedPaths): boolean {
  if (!isCopiedFolder(changed)) return true;
  return watchedFolders(base, filter).some((place) => !isAbove(changed.path, place) || exists(place));
}

function watchedFolders(base: string, filter: PathFilter): string[] {
  return filter.folders.map((folder) => [base, folder].filter((part) => part !== '').join('/'));
}

/** Whether a folder came, went or was replaced with all that it holds. */
export function isWholeFolder({ action, kind, copiedFrom }: ChangedPath): boolean {
  // What a new folder holds is listed beside it, except where it came as a copy.
  const isMadeEmpty = action === 'added' && copiedFrom === undefined;
  return kind !== 'file' && action !== 'modified' && !isMadeEmpty;
}

/** What is in it is not listed, or, where it took the place of another folder, may not be what was there. */
function isCopiedFolder(changed: ChangedPath): boolean {
  const isOther = changed.copiedFrom !== undefined || changed.action === 'replaced';
  return isOther && isWholeFolder(changed);
}

function hasOtherExternals({ properties }: ChangedPath): boolean {
  return properties?.includes('svn:externals') === true;
}

/** Whether no more than properties changed that do not count. */
export function isIgnored(
  { isPropertyOnly, properties }: ChangedPath,
  ignore: WatchedPaths['ignore'],
): boolean {
  if (isPropertyOnly !== true) return false;
  if (ignore.includes('properties')) return true;
  const isMergeOnly = properties?.length === 1 && properties[0] === 'svn:mergeinfo';
  return isMergeOnly && ignore.includes('mergeinfo');
}
