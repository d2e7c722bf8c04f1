import { lstat, readFile, realpath } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isNode, parseDocument, visit } from 'yaml';
import type { JsonObject } from '../../domain/json.ts';
import { kustomizationNames, referencesOf } from './kustomization.ts';
import type { ReadFile } from './run-renderer.ts';

/** More is a mistake. */
const mostFiles = 1000;
const mostBytes = 4 * 1024 * 1024;

/**
 * All files that the kustomization of a folder reads, through its bases and components, in the order of their paths.
 * @returns a refusal where one is missing, leads out of the tree, or would be fetched from elsewhere
 */
export async function readKustomization(
  tree: string,
  folder: string,
): Promise<ReadFile[] | { refusal: string }> {
  const found = new Map<string, ReadFile>();
  const open: Reference[] = [{ path: folder, from: '' }];
  const seen = new Set<string>();
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (seen.has(next.path)) continue;
    seen.add(next.path);
    const read = await readReference(tree, next, found);
    if ('refusal' in read) return read;
    open.push(...read.paths);
    if (found.size > mostFiles) return { refusal: `${folder} reads more than ${mostFiles} files` };
  }
  return [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

interface Reference {
  path: string;
  /** The kustomization that says so; '' for the first. */
  from: string;
}

type Read = { paths: Reference[] } | { refusal: string };

async function readReference(
  tree: string,
  reference: Reference,
  found: Map<string, ReadFile>,
): Promise<Read> {
  const { path, from } = reference;
  const kind = await kindOf(tree, path);
  if (kind === 'folder') return readOne(tree, path, found);
  if (kind === undefined || from === '') return { refusal: missing(reference) };
  const refusal = await take(tree, path, found);
  return refusal === null ? { paths: [] } : { refusal };
}

function missing({ path, from }: Reference): string {
  const what = `${path === '' ? '.' : path} is no file or folder of the tree (links are not followed)`;
  return from === '' ? `kustomize: ${what}` : `${from}: ${what}`;
}

/** @returns the paths that it reads, relative to the tree */
async function readOne(tree: string, folder: string, found: Map<string, ReadFile>): Promise<Read> {
  const path = await kustomizationIn(tree, folder);
  if (path === undefined) return { refusal: `${folder === '' ? '.' : folder} has no kustomization.yaml` };
  const refusal = await take(tree, path, found);
  if (refusal !== null) return { refusal };
  const kustomization = readObject(found.get(path)?.bytes.toString() ?? '');
  if (typeof kustomization === 'string') return { refusal: `${path}: ${kustomization}` };
  const references = referencesOf(kustomization);
  if ('refusal' in references) return { refusal: `${path}: ${references.refusal}` };
  return pathsOf([...references.either, ...references.files], { folder, from: path });
}

function pathsOf(written: string[], { folder, from }: { folder: string; from: string }): Read {
  const paths = written.map((text) => posix.join(folder, text).replace(/\/$/, ''));
  const leaving = paths.findIndex(
    (path, index) => written[index]?.startsWith('/') || path === '..' || path.startsWith('../'),
  );
  if (leaving >= 0) return { refusal: `${from}: ${written[leaving]} leads out of the tree` };
  return { paths: paths.map((path) => ({ path: path === '.' ? '' : path, from })) };
}

async function kustomizationIn(tree: string, folder: string): Promise<string | undefined> {
  for (const name of kustomizationNames) {
    const path = posix.join(folder, name);
    if ((await kindOf(tree, path)) === 'file') return path;
  }
  return undefined;
}

function readObject(text: string): JsonObject | string {
  const document = parseDocument(text, { merge: true });
  const [error] = document.errors;
  if (error !== undefined) return error.message;
  let isTagged = false;
  visit(document, (_key, node) => {
    if (isNode(node) && node.tag !== undefined) isTagged = true;
  });
  // `!!binary` would show kustomize another text than us.
  if (isTagged) return 'tags such as !!binary are not read here';
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping ? (value as JsonObject) : 'it is no mapping';
}

async function take(tree: string, path: string, found: Map<string, ReadFile>): Promise<string | null> {
  const { size } = await lstat(join(tree, path));
  if (size > mostBytes) return `${path} is too large for a manifest (${size} bytes)`;
  found.set(path, { path, bytes: await readFile(join(tree, path)) });
  return null;
}

/** Neither, also for whatever a link is on the way to. */
async function kindOf(tree: string, path: string): Promise<'file' | 'folder' | undefined> {
  try {
    const root = await realpath(tree);
    if ((await realpath(join(root, path))) !== join(root, path).replace(/(.)\/$/, '$1')) return undefined;
    const stats = await lstat(join(root, path));
    if (stats.isFile()) return 'file';
    return stats.isDirectory() ? 'folder' : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code)))
      return undefined;
    throw error;
  }
}
