import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitUrl, shownGitUrl } from '../../config/git-url.ts';
import { Fault } from '../../domain/fault.ts';
import { refOfBranch } from '../../domain/git-names.ts';
import { type SparsePlace, sparsePlace } from '../../domain/sparse-place.ts';
import { fillDraft } from '../fill-draft.ts';
import { asPartOfTree } from '../part-of-tree.ts';
import type { ExportedTree, ExportRequest } from '../source-control.ts';
import { commitId, objectAt, treePath } from './git-paths.ts';
import { readProgress } from './git-progress.ts';
import { checkLargeFiles } from './large-files.ts';
import type { Mirror } from './mirror.ts';
import type { GitRepository } from './repository.ts';
import { submodulesIn } from './submodules.ts';
import { measureTree } from './tree-size.ts';

/** How deep submodules may have submodules, and how many there may be in all. */
const limits = { depth: 5, count: 100 };

/**
 * The tree of exactly one commit, also when its branch has moved on or is gone, with what its submodules hold.
 * @throws Fault, among them `scm-broken-tree` for a tree that must not be used and `disk-full`
 */
export async function exportTree(
  repository: GitRepository,
  request: ExportRequest,
  signal: AbortSignal,
): Promise<ExportedTree> {
  const revision = commitId(request.revision);
  const path = treePath(request.path);
  const what = `Exporting ${shownGitUrl(repository.url)}#${revision.slice(0, 12)}${path === '' ? '' : `:${path}`}`;
  const ref = refOfBranch(request.branch ?? '');
  return fillDraft(request.into, { what, metadataFolder: '.git', signal }, async (draft) => {
    const tree = join(draft, 'tree');
    await mkdir(join(tree, path), { recursive: true });
    const wanted = request.only?.map((part) => (path === '' ? part : `${path}/${part}`)) ?? [path];
    const refs = ref === null ? [] : [ref];
    const checkout = { url: repository.url, refs, revision, path, wanted, tree, draft };
    const work = {
      repository,
      what,
      signal,
      onProgress: request.onProgress ?? (() => undefined),
      onReport: request.onReport,
      isUntrusted: request.isUntrusted === true,
      left: { submodules: limits.count, bytes: repository.limits.treeBytes },
    };
    await checkOut(work, { ...checkout, depth: 0 });
    return join(tree, path);
  });
}

interface Work {
  readonly repository: GitRepository;
  readonly what: string;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  readonly onReport: ExportRequest['onReport'];
  readonly isUntrusted: boolean;
  /** What may still come. */
  readonly left: { submodules: number; bytes: number };
}

interface Checkout {
  url: GitUrl;
  refs: string[];
  revision: string;
  /** What of the commit is wanted; everything has its place below `tree` all the same. */
  path: string;
  /** What of that folder: itself, or folders and files in it; '' for all of the commit. */
  wanted: readonly string[];
  tree: string;
  /** A folder for what git needs meanwhile. */
  draft: string;
  depth: number;
}

async function checkOut(work: Work, checkout: Checkout): Promise<void> {
  const { repository, signal, onReport, what, left } = work;
  const { url, refs, revision, path, tree } = checkout;
  const mirror = await repository.mirrorOf(url);
  await mirror.fetch({ refs, ids: [revision], onReport }, signal);
  await mirror.keep(revision, signal);
  if (path !== '') await assertFolder(mirror, checkout, signal);
  const places = checkout.wanted.map(sparsePlace).map((place) => ({ ...place, path: treePath(place.path) }));
  for (const place of places)
    left.bytes -= await measureTree(mirror, { revision, ...place, atMost: left.bytes, what }, signal);
  const index = join(checkout.draft, `index-${left.submodules}`);
  const env = { GIT_INDEX_FILE: index, GIT_WORK_TREE: tree };
  await mirror.ask(['read-tree', revision], signal, { env });
  const { isUntrusted } = work;
  for (const place of places)
    await checkLargeFiles(mirror, { env, cwd: tree, ...place, isUntrusted, what }, signal);
  const parts = await partsOf(mirror, { revision, places }, signal);
  const checkingOut = () =>
    mirror.ask(['checkout', '--force', '--progress', '--', ...parts], signal, {
      env: { ...env, GIT_LITERAL_PATHSPECS: '1', ...(isUntrusted && { GIT_LFS_SKIP_SMUDGE: '1' }) },
      cwd: tree,
      totalMs: repository.limits.checkoutMs,
      ...(onReport !== undefined && { onStderr: readProgress(onReport) }),
    });
  await asPartOfTree(checkingOut);
  const folders = places.filter(({ isFilesOnly }) => !isFilesOnly).map((place) => place.path);
  await checkOutSubmodules(work, mirror, { ...checkout, wanted: folders });
}

/** Folders and files as git is told of them; for `libs/*` its files by name. */
async function partsOf(
  mirror: Mirror,
  { revision, places }: { revision: string; places: readonly SparsePlace[] },
  signal: AbortSignal,
): Promise<string[]> {
  const parts: string[] = [];
  for (const { path, isFilesOnly } of places) {
    if (isFilesOnly) parts.push(...(await filesIn(mirror, { revision, folder: path }, signal)));
    else parts.push(path === '' ? '.' : path);
  }
  return parts;
}

async function filesIn(
  mirror: Mirror,
  { revision, folder }: { revision: string; folder: string },
  signal: AbortSignal,
): Promise<string[]> {
  const listing = () => mirror.ask(['ls-tree', '-z', `${revision}:${folder}`], signal);
  const listed = await asPartOfTree(listing);
  return listed.split('\0').flatMap((line) => {
    const [, name] = /^\d+ blob [0-9a-f]+\t(.+)$/s.exec(line) ?? [];
    return name === undefined ? [] : [folder === '' ? name : `${folder}/${name}`];
  });
}

async function checkOutSubmodules(work: Work, mirror: Mirror, checkout: Checkout): Promise<void> {
  for (const submodule of await submodulesIn(
    mirror,
    { ...checkout, repository: work.repository },
    work.signal,
  )) {
    if (work.isUntrusted) throw untrusted(work.what, submodule.path);
    work.left.submodules -= 1;
    if (checkout.depth === limits.depth || work.left.submodules < 0) throw tooMany(work.what);
    const tree = join(checkout.tree, submodule.path);
    work.onProgress(`submodule ${submodule.path} from ${shownGitUrl(submodule.url)}`);
    await mkdir(tree, { recursive: true });
    const { url, revision } = submodule;
    const part = {
      ...checkout,
      url,
      refs: [],
      revision,
      path: '',
      wanted: [''],
      tree,
      depth: checkout.depth + 1,
    };
    await asPartOfTree(() => checkOut(work, part));
  }
}

async function assertFolder(
  mirror: Mirror,
  { revision, path }: Checkout,
  signal: AbortSignal,
): Promise<void> {
  const kind = await mirror.ask(['cat-file', '-t', objectAt(revision, path)], signal);
  if (kind.trim() === 'tree') return;
  throw new Fault('scm-broken-tree', `${path} at ${revision} is no folder`, {
    hint: "Correct the pipeline's source path",
    isRetryable: false,
  });
}

function untrusted(what: string, path: string): Fault {
  const message = `${what} was refused: for a request of a fork no submodule is fetched, and it has one at ${JSON.stringify(path)}`;
  return new Fault('scm-broken-tree', message, {
    hint: "Our login may read more than the fork's author: leave 'forks' out for this pipeline",
    isRetryable: false,
  });
}

function tooMany(what: string): Fault {
  const message = `${what} was refused: it has more than ${limits.count} submodules, or ${limits.depth} of them in one another`;
  return new Fault('scm-broken-tree', message, { hint: 'Have fewer', isRetryable: false });
}
