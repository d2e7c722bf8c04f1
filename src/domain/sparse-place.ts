import { isAbove, normalTreePath } from './tree-path.ts';

/** A part of a sparse tree, as `source.only` names it. */
export interface SparsePlace {
  /** Of a folder or file; '' for the root. */
  path: string;
  /** Written `libs/*`: of the folder only the files right in it. Else all of it. */
  isFilesOnly: boolean;
}

const filesOf = /(?:^|\/)\*$/;

export function sparsePlace(written: string): SparsePlace {
  const isFilesOnly = filesOf.test(written);
  return { path: normalTreePath(isFilesOnly ? written.replace(filesOf, '') : written), isFilesOnly };
}

/** `./libs//*` -> `libs/*`, each once, and none that lies in another one. */
export function normalPlaces(written: readonly string[]): string[] {
  const all = [...new Set(written.map(normalPlace))];
  return all.filter((place) => !all.some((other) => isAbove(other, place)));
}

/** Whether a change of a path may touch something of a place. */
export function touchesPlace(
  { path, kind }: { path: string; kind: 'file' | 'directory' | 'unknown' },
  { path: place, isFilesOnly }: SparsePlace,
): boolean {
  if (path === place || isAbove(path, place)) return true;
  if (!isAbove(place, path)) return false;
  const rest = place === '' ? path : path.slice(place.length + 1);
  return !isFilesOnly || (kind !== 'directory' && !rest.includes('/'));
}

function normalPlace(written: string): string {
  const { path, isFilesOnly } = sparsePlace(written);
  if (!isFilesOnly) return path;
  return path === '' ? '*' : `${path}/*`;
}
