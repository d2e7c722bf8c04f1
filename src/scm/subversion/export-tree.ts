import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LockedExternal } from '../../domain/external.ts';
import { Fault } from '../../domain/fault.ts';
import { sparsePlace } from '../../domain/sparse-place.ts';
import { fillDraft } from '../fill-draft.ts';
import { asPartOfTree } from '../part-of-tree.ts';
import type { ExportedTree, ExportRequest } from '../source-control.ts';
import { holdCopy, type ReadyCopy } from './copies/hold-copy.ts';
import { exportFolder, type FolderOrder, type TreeMeter } from './export-folder.ts';
import { placeOf } from './externals/external-place.ts';
import { inFours } from './externals/in-fours.ts';
import { lockExternals } from './externals/lock-externals.ts';
import { type FetchedExternal, placeExternals } from './externals/place-externals.ts';
import { attemptOn, pathOfPlace, revisionNumber, type SubversionRepository, urlUnder } from './repository.ts';
import type { Attempt } from './svn-fault.ts';

/** @throws Fault, among them `scm-broken-tree` for a tree that must not be used and `disk-full` */
export async function exportTree(
  repository: SubversionRepository,
  request: ExportRequest,
  signal: AbortSignal,
): Promise<ExportedTree> {
  const { branch = '', path, only } = request;
  const revision = revisionNumber(request.revision);
  const { what } = attemptOn(
    repository,
    'Exporting',
    `${targetOf(repository, { branch, path })}@${revision}`,
  );
  const check = { what, metadataFolder: '.svn', signal };
  const limitBytes = repository.limits.treeBytes;
  const meter = { entries: 0, bytes: 0, limitBytes, onReport: request.onReport };
  let found: Found = {};
  const place = JSON.stringify([branch, path, only]);
  const tree = await fillDraft(request.into, check, async (draft) => {
    await repository.sizes.checkRoom({ place, what, folder: dirname(draft) });
    await mkdir(draft);
    const into = join(draft, 'tree');
    const part = { ...request, branch, revision, into, draft, meter };
    found = await (only === undefined
      ? fetchPart(repository, part, signal)
      : fetchParts(repository, { ...part, only }, signal));
    return into;
  });
  repository.sizes.note(place, tree.bytes);
  return { ...tree, ...found };
}

type Found = Pick<ExportedTree, 'how' | 'externals'>;

interface Part extends Pick<ExportRequest, 'path' | 'generation' | 'externals'> {
  branch: string;
  /** A number. */
  revision: string;
  into: string;
  draft: string;
  meter: TreeMeter;
}

/** One after the other: each is a tree for itself, with a working copy of its own. */
async function fetchParts(
  repository: SubversionRepository,
  { only, ...whole }: Part & { only: readonly string[] },
  signal: AbortSignal,
): Promise<Found> {
  await mkdir(whole.into);
  const found: LockedExternal[] = [];
  const places = only.map(sparsePlace);
  for (const { path: folder } of places.filter(({ isFilesOnly }) => isFilesOnly))
    await asPartOfTree(() => fetchFiles(repository, { ...whole, folder }, signal), ['scm-gone']);
  for (const { path: place } of places.filter(({ isFilesOnly }) => !isFilesOnly)) {
    const draft = await mkdtemp(join(whole.draft, 'part-'));
    const into = join(whole.into, place);
    await mkdir(dirname(into), { recursive: true });
    const known = whole.externals?.filter((external) => external.path.startsWith(`${place}/`));
    const inPlace = known?.map((external) => ({ ...external, path: external.path.slice(place.length + 1) }));
    // It may be one of the files that came with its folder.
    await rm(into, { force: true });
    const path = joined(whole.path, place);
    const part = { ...whole, path, into, draft, externals: inPlace ?? null };
    const { externals = [] } = await asPartOfTree(() => fetchPart(repository, part, signal), ['scm-gone']);
    found.push(...externals.map((external) => ({ ...external, path: `${place}/${external.path}` })));
  }
  return repository.externals.isIgnored ? {} : { externals: found };
}

/** The files right in a folder. A working copy of them would be of no other use. */
async function fetchFiles(
  repository: SubversionRepository,
  { folder, ...whole }: Part & { folder: string },
  signal: AbortSignal,
): Promise<void> {
  const { branch, revision, meter } = whole;
  const target = targetOf(repository, { branch, path: joined(whole.path, folder) });
  const attempt = attemptOn(repository, 'Exporting the files in', `${target}@${revision}`);
  const draft = join(await mkdtemp(join(whole.draft, 'files-')), 'files');
  const order = { target, revision, peg: revision, attempt, into: draft, isFilesOnly: true };
  await exportFolder(repository, { order, meter }, signal);
  if (!(await lstat(draft)).isDirectory()) throw noFolder(attempt);
  const into = join(whole.into, folder);
  await mkdir(into, { recursive: true });
  for (const name of await readdir(draft)) await rename(join(draft, name), join(into, name));
}

function noFolder({ what }: Attempt): Fault {
  return new Fault('scm-broken-tree', `${what} failed: it is a file, not a folder`, {
    hint: 'Name it without `/*` in `source.only`',
    isRetryable: false,
  });
}

function joined(...parts: string[]): string {
  return parts.filter((part) => part !== '').join('/');
}

async function fetchPart(
  repository: SubversionRepository,
  { branch, path, revision, generation, into, draft, meter, externals: known = null }: Part,
  signal: AbortSignal,
): Promise<Found> {
  const target = targetOf(repository, { branch, path });
  const attempt = attemptOn(repository, 'Exporting', `${target}@${revision}`);
  const order = { target, revision, peg: revision, attempt, into };
  const wish =
    generation === undefined
      ? null
      : { repository: repository.name, root: repository.url, generation, branch, path };
  const bytesBefore = meter.bytes;
  await using copy = wish === null ? null : await holdCopy(repository, { wish, order, meter }, signal);
  const externals = await fetchAll(repository, { order, draft, meter, known, copy }, signal);
  if (wish !== null) repository.copies?.noteSize(wish, meter.bytes - bytesBefore);
  return { ...(externals !== undefined && { externals }), ...(copy !== null && { how: copy.how }) };
}

function targetOf(repository: SubversionRepository, place: Pick<Part, 'branch' | 'path'>): string {
  return urlUnder(repository.root, pathOfPlace(repository, place));
}

interface WholeTree {
  order: FolderOrder;
  /** Where everything is put until the tree is complete. */
  draft: string;
  meter: TreeMeter;
  known: readonly LockedExternal[] | null;
  /** Holds the tree already; null: it is exported. */
  copy: ReadyCopy | null;
}

/**
 * The tree and its externals at once, to save time; when one fails the others are ended too. Looking for externals asks
 * the server once for every file, so it must not come before the export: beside it, it costs a small tree nothing, and
 * whoever knows the externals of a tree already need not look.
 */
async function fetchAll(
  repository: SubversionRepository,
  { order, draft, meter, known, copy }: WholeTree,
  signal: AbortSignal,
): Promise<readonly LockedExternal[] | undefined> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const findExternals = async () => {
    if (repository.externals.isIgnored) return { externals: undefined, fetched: [] };
    const whole = { ...order, copyPath: copy?.path };
    const externals = known ?? (await lockExternals(repository, whole, either));
    return { externals, fetched: await fetchExternals(repository, { externals, draft, meter }, either) };
  };
  const tree = copy === null ? exportFolder(repository, { order, meter }, either) : copy.copyOut(either);
  const others = findExternals();
  try {
    const [{ externals, fetched }] = await Promise.all([others, tree]);
    await placeExternals(order.into, fetched);
    return externals;
  } finally {
    stop.abort();
    await Promise.allSettled([tree, others]);
  }
}

/** Never with `svn export`'s own way to follow externals: that hands our login to whatever server they name. */
async function fetchExternals(
  repository: SubversionRepository,
  { externals, draft, meter }: Pick<WholeTree, 'draft' | 'meter'> & { externals: readonly LockedExternal[] },
  signal: AbortSignal,
): Promise<FetchedExternal[]> {
  const orders = externals.map((external, index) => {
    const place = placeOf(repository, external);
    return { external, place, at: join(draft, `external-${index}`) };
  });
  await inFours(orders, async ({ external, place, at }) => {
    const { revision, peg, path } = external;
    const what = `Exporting the external ${JSON.stringify(path)},`;
    const attempt = attemptOn(place.repository, what, `${place.target}@${revision}`);
    const order = { target: place.target, revision, peg, attempt, into: at };
    await asPartOfTree(() => exportFolder(place.repository, { order, meter }, signal));
  });
  return orders;
}
