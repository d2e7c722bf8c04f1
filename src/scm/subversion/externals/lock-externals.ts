import type { LockedExternal } from '../../../domain/external.ts';
import { Fault } from '../../../domain/fault.ts';
import { asPartOfTree } from '../../part-of-tree.ts';
import { canonicalUrl, withoutUser } from '../canonical-url.ts';
import { querySvn } from '../query-svn.ts';
import { attemptOn, type SubversionRepository, urlUnder } from '../repository.ts';
import { elementsAt, textAt } from '../xml-tree.ts';
import { type ExternalPlace, placeOf } from './external-place.ts';
import { inFours } from './in-fours.ts';
import { parseExternals, type WrittenExternal } from './parse-externals.ts';
import { type ExternalBase, resolveExternalUrl } from './resolve-url.ts';

const propertyBytes = 16 * 1024 * 1024;
const infoBytes = 65_536;
const mostExternals = 500;
const deepestNesting = 10;

/** A folder or file of the run's own repository, as svn is asked for it. */
export interface ExternalsOf {
  target: string;
  revision: string;
  /** Where a working copy holds exactly that: it is asked instead of the server, which would be once for every file. */
  copyPath?: string | undefined;
}

/**
 * Everything that `svn:externals` bring into a tree, those of externals too, each with a revision. What names none gets
 * the tree's own revision in the same repository, and elsewhere the newest of now.
 * @throws Fault `scm-broken-tree` for one that is not allowed or cannot be had, or a property that cannot be followed
 */
export async function lockExternals(
  owner: SubversionRepository,
  { target, revision, copyPath }: ExternalsOf,
  signal: AbortSignal,
): Promise<LockedExternal[]> {
  const lock: Lock = { owner, revision, signal, heads: new Map(), found: [] };
  let level: Tree[] = [{ path: '', place: { repository: owner, target }, revision, peg: revision, copyPath }];
  for (let depth = 0; level.length > 0; depth += 1) {
    const below: Tree[] = [];
    await inFours(level, async (tree) => void below.push(...(await treesIn(lock, tree))));
    if (below.length > 0 && (depth >= deepestNesting || lock.found.length > mostExternals))
      throw endless(below[0]?.path ?? '');
    level = below;
  }
  return lock.found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

interface Lock {
  readonly owner: SubversionRepository;
  readonly revision: string;
  readonly signal: AbortSignal;
  /** The newest revision of other repositories, by root: one for the whole tree. */
  readonly heads: Map<string, string>;
  readonly found: LockedExternal[];
}

interface Tree {
  path: string;
  place: ExternalPlace;
  revision: string;
  peg: string;
  copyPath?: string | undefined;
}

/** Fixes the externals that the properties of one tree name; each of them may name more. */
async function treesIn(lock: Lock, tree: Tree): Promise<Tree[]> {
  const look = () => externalsIn(lock, tree);
  const written = await (tree.path === '' ? look() : asPartOfTree(look));
  return written.length === 0 ? [] : asPartOfTree(() => fixAll(lock, tree, written));
}

async function fixAll(lock: Lock, tree: Tree, written: readonly FolderExternal[]): Promise<Tree[]> {
  const { repository, target } = tree.place;
  const root = await rootOf(lock, tree);
  const base = `${repository.url}${target.slice(repository.root.length)}`;
  const trees: Tree[] = [];
  for (const { folder, external } of written) {
    const path = [tree.path, folder, external.target].filter((part) => part !== '').join('/');
    const url = plainUrl(path, external.url, { root, folder: urlUnder(base, folder) });
    const place = placeOf(lock.owner, { path, url });
    const newest = await newestOf(lock, { path, place });
    const revision = external.revision ?? newest;
    const peg = external.peg ?? newest;
    lock.found.push({ path, url, revision, peg, isFloating: external.revision === null });
    trees.push({ path, place, revision, peg });
  }
  return trees;
}

/** Whoever wrote the property is told, by the name that the external has in the tree. */
function plainUrl(path: string, written: string, base: ExternalBase): string {
  try {
    return withoutUser(resolveExternalUrl(written, base));
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const message = `The external ${JSON.stringify(path)} is refused: ${cause.message}`;
    const hint = 'Correct svn:externals in the repository';
    throw new Fault('scm-broken-tree', message, { cause, hint, isRetryable: false });
  }
}

function endless(path: string): Fault {
  const message = `Following svn:externals as far as ${JSON.stringify(path)} failed: there are too many, or they lead back to themselves`;
  return new Fault('scm-broken-tree', message, {
    hint: `At most ${mostExternals} are followed, ${deepestNesting} deep: correct them in the repository`,
    isRetryable: false,
  });
}

interface FolderExternal {
  /** Relative to the tree, not encoded. */
  folder: string;
  external: WrittenExternal;
}

async function externalsIn({ signal }: Lock, tree: Tree): Promise<FolderExternal[]> {
  const { repository, target } = tree.place;
  const what =
    tree.path === ''
      ? 'Looking for svn:externals in'
      : `Following the external ${JSON.stringify(tree.path)},`;
  const properties = await querySvn(
    await repository.client(),
    {
      subcommand: 'externals',
      ...(tree.copyPath === undefined
        ? { url: target, revision: tree.revision, peg: tree.peg }
        : { url: tree.copyPath, revision: null }),
      attempt: attemptOn(repository, what, `${target}@${tree.peg}`),
      deadlineMs: repository.limits.exportMs,
      maxBytes: propertyBytes,
    },
    signal,
  );
  return elementsAt(properties, 'target').flatMap((element) => {
    const folder = folderOf(textAt(element, '$', 'path'), tree);
    const [text = ''] = elementsAt(element, 'property').map((property) => textAt(property, '_'));
    const place = [tree.path, folder].filter((part) => part !== '').join('/');
    return parseExternals(text, place).map((external) => ({ folder, external }));
  });
}

/** Only URLs are encoded. */
function folderOf(said: string, { place, copyPath }: Tree): string {
  const base = copyPath ?? place.target;
  const below = said.slice(base.length + 1);
  if (said === base) return '';
  if (said.startsWith(`${base}/`)) return copyPath === undefined ? decodeURIComponent(below) : below;
  throw new Fault('internal', `Reading svn's answer failed: ${said} does not lie below ${base}`);
}

/** The root of a tree's repository: what is configured may be a folder of it. */
async function rootOf(lock: Lock, { place, path }: Tree): Promise<string> {
  const { repository } = place;
  return repository === lock.owner ? repository.url : (await infoOf(lock, { path, place })).root;
}

async function newestOf(lock: Lock, external: { path: string; place: ExternalPlace }): Promise<string> {
  return external.place.repository === lock.owner ? lock.revision : (await infoOf(lock, external)).newest;
}

async function infoOf(
  { heads, signal }: Lock,
  { path, place }: { path: string; place: ExternalPlace },
): Promise<{ root: string; newest: string }> {
  const { repository, target } = place;
  const what = `Asking for the newest revision of the external ${JSON.stringify(path)},`;
  const query = { subcommand: 'info', url: target, revision: 'HEAD', maxBytes: infoBytes } as const;
  const info = await querySvn(
    await repository.client(),
    { ...query, attempt: attemptOn(repository, what, target), deadlineMs: repository.limits.queryMs },
    signal,
  );
  const root = canonicalUrl(textAt(info, 'entry', 'repository', 'root'));
  const newest = heads.get(root) ?? textAt(info, 'entry', '$', 'revision');
  heads.set(root, newest);
  return { root, newest };
}
