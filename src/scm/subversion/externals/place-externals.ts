import { lstat, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedExternal } from '../../../domain/external.ts';
import { Fault } from '../../../domain/fault.ts';

/** An external that has been exported beside the tree it belongs into. */
export interface FetchedExternal {
  external: LockedExternal;
  at: string;
}

/**
 * Moves externals into their tree, outer ones first.
 * @throws Fault `scm-broken-tree` for one whose place is taken, or lies behind a link: that might lead out of the tree
 */
export async function placeExternals(tree: string, fetched: readonly FetchedExternal[]): Promise<void> {
  const depthOf = ({ external }: FetchedExternal) => external.path.split('/').length;
  for (const { external, at } of fetched.toSorted((a, b) => depthOf(a) - depthOf(b))) {
    const segments = external.path.split('/');
    for (const [index] of segments.slice(1).entries())
      await makeRealFolder(external, join(tree, ...segments.slice(0, index + 1)));
    const place = join(tree, ...segments);
    if ((await modeOf(place)) !== undefined) throw broken(external, 'the tree has that path already');
    await rename(at, place);
  }
}

async function makeRealFolder(external: LockedExternal, path: string): Promise<void> {
  const found = await modeOf(path);
  if (found === undefined) await mkdir(path);
  else if (found !== 'folder') throw broken(external, 'it lies below a file or link');
}

async function modeOf(path: string): Promise<'folder' | 'other' | undefined> {
  try {
    return (await lstat(path)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function broken({ path, url }: LockedExternal, why: string): Fault {
  return new Fault(
    'scm-broken-tree',
    `Putting the external ${JSON.stringify(path)} (${url}) into the tree failed: ${why}`,
    {
      hint: 'Correct svn:externals in the repository',
      isRetryable: false,
    },
  );
}
