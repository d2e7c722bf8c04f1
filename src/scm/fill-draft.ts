import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../domain/fault.ts';
import { checkTree, type TreeCheck } from './check-tree.ts';
import type { ExportedTree } from './source-control.ts';

/**
 * Lets a tree grow in a folder beside `into`, checks it, and renames it: `into` is complete or not there. Folders that
 * a killed process left beside it are removed.
 * @param fill makes the tree in or below the given path, where nothing is yet, and returns its root
 * @throws Fault, among them `scm-broken-tree` for a tree that must not be used and `disk-full`
 */
export async function fillDraft(
  into: string,
  check: TreeCheck & { signal: AbortSignal },
  fill: (draft: string) => Promise<string>,
): Promise<ExportedTree> {
  const draft = `${draftPrefix(into)}${randomUUID()}`;
  try {
    await mkdir(dirname(into), { recursive: true });
    await removeDrafts(into);
    const root = await fill(draft);
    const tree = await checkTree(root, check, check.signal);
    await rename(root, into);
    return tree;
  } catch (error) {
    throw isOutOfSpace(error) ? diskFull(check.what, into, error) : error;
  } finally {
    await remove(draft);
  }
}

function draftPrefix(into: string): string {
  return `${into}.partial-`;
}

async function removeDrafts(into: string): Promise<void> {
  const prefix = basename(draftPrefix(into));
  const names = await readdir(dirname(into));
  const drafts = names.filter((name) => name.startsWith(prefix));
  await Promise.all(drafts.map((name) => remove(join(dirname(into), name))));
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

function isOutOfSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function diskFull(what: string, into: string, cause: unknown): Fault {
  return new Fault('disk-full', `${what} failed: no space is left for ${dirname(into)}`, {
    cause,
    hint: 'Free space on the disk that holds the workspaces',
  });
}
