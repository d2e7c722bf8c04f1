import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedExternal } from '../../domain/external.ts';
import { fillDraft } from '../fill-draft.ts';
import { asPartOfTree } from '../part-of-tree.ts';
import type { ExportedTree, ExportRequest } from '../source-control.ts';
import { holdCopy, type ReadyCopy } from './copies/hold-copy.ts';
import { exportFolder, type FolderOrder, type TreeMeter } from './export-folder.ts';
import { placeOf } from './externals/external-place.ts';
import { inFours } from './externals/in-fours.ts';
import { lockExternals } from './externals/lock-externals.ts';
import { type FetchedExternal, placeExternals } from './externals/place-externals.ts';
import { attemptOn, revisionNumber, type SubversionRepository, urlUnder } from './repository.ts';

/** @throws Fault, among them `scm-broken-tree` for a tree that must not be used and `disk-full` */
export async function exportTree(
  repository: SubversionRepository,
  request: ExportRequest,
  signal: AbortSignal,
): Promise<ExportedTree> {
  const { branch = '', path, generation } = request;
  const target = urlUnder(repository.root, [branch, path].filter((part) => part !== '').join('/'));
  const revision = revisionNumber(request.revision);
  const attempt = attemptOn(repository, 'Exporting', `${target}@${revision}`);
  const check = { what: attempt.what, metadataFolder: '.svn', signal };
  const limitBytes = repository.limits.treeBytes;
  const meter = { entries: 0, bytes: 0, limitBytes, onReport: request.onReport };
  let found: Partial<ExportedTree> = {};
  const tree = await fillDraft(request.into, check, async (draft) => {
    await mkdir(draft);
    const into = join(draft, 'tree');
    const order = { target, revision, peg: revision, attempt, into };
    const wish = { repository: repository.name, root: repository.url, branch, path };
    await using copy =
      generation === undefined
        ? null
        : await holdCopy(repository, { wish: { ...wish, generation }, order, meter }, signal);
    const known = request.externals ?? null;
    const externals = await fetchAll(repository, { order, draft, meter, known, copy }, signal);
    found = { ...(externals !== undefined && { externals }), ...(copy !== null && { how: copy.how }) };
    return into;
  });
  if (generation !== undefined)
    repository.copies?.noteSize(
      { repository: repository.name, root: repository.url, branch, path, generation },
      tree.bytes,
    );
  return { ...tree, ...found };
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
