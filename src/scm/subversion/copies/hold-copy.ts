import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../../domain/fault.ts';
import { countEntry, type FolderOrder, type TreeMeter } from '../export-folder.ts';
import type { SubversionRepository } from '../repository.ts';
import { bringCopy, type CopyHistory, type CopyOrder, vacuumCopy } from './bring-copy.ts';
import type { CopyWish } from './choose-copy.ts';
import { copyTree } from './copy-tree.ts';
import type { HeldCopy } from './working-copies.ts';

/** A working copy that holds exactly one revision, for as long as it is held. */
export interface ReadyCopy extends AsyncDisposable {
  readonly path: string;
  /** For the log. */
  readonly how: string;
  /** Makes the order's tree of it. */
  copyOut(signal: AbortSignal): Promise<void>;
}

export interface CopyRequest {
  wish: CopyWish;
  order: FolderOrder;
  meter: TreeMeter;
}

/**
 * @returns null where the tree is to be exported
 * @throws Fault when the server is away, denies the folder or does not have it
 */
export async function holdCopy(
  repository: SubversionRepository,
  { wish, order, meter }: CopyRequest,
  signal: AbortSignal,
): Promise<ReadyCopy | null> {
  const copy = await repository.copies?.take(wish);
  if (copy == null) return null;
  await using holding = new AsyncDisposableStack();
  holding.use(copy);
  const history = await bring(repository, { copy, order, meter }, signal);
  if (history === null) copy.discard();
  if (history === null || history === 'in-use') return null;
  const owned = holding.move();
  return {
    path: copy.path,
    how: textOf(history, copy, wish),
    async copyOut(stop) {
      const onFile = (bytes: number) => countEntry(meter, order.attempt, bytes);
      await copyTree({ from: copy.path, into: order.into, onFile }, stop);
      copy.settle({ branch: wish.branch, bytes: await sizeOf(repository, { copy, order, meter }, stop) });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function bring(
  repository: SubversionRepository,
  order: CopyOrder,
  signal: AbortSignal,
): Promise<CopyHistory | 'in-use' | null> {
  try {
    return await bringCopy(repository, order, signal);
  } catch (error) {
    // Without it there is room for the tree itself.
    if (error instanceof Fault && error.code === 'disk-full') order.copy.discard();
    throw error;
  }
}

/** Measured at times only: it is a walk through all that Subversion keeps. */
const measuredEvery = 10;

async function sizeOf(
  repository: SubversionRepository,
  order: CopyOrder,
  signal: AbortSignal,
): Promise<number> {
  const { path, record } = order.copy;
  const isDue = record.bytes === 0 || record.uses % measuredEvery === 0;
  if (!isDue) return record.bytes;
  if (record.bytes > 0) await vacuumCopy(repository, order, signal);
  const names = await readdir(path, { recursive: true });
  let bytes = 0;
  for (const name of names) bytes += (await lstat(join(path, name))).size;
  return bytes;
}

function textOf(history: CopyHistory, { record }: HeldCopy, { branch }: CopyWish): string {
  const from = record.branch === branch ? '' : ` (of ${record.branch} before)`;
  return {
    made: 'as a working copy that later runs update',
    updated: `by an update of a working copy${from}`,
    repaired: `by an update of a working copy that had to be cleaned${from}`,
    replaced: 'as a new working copy: the one before could not be used any more',
  }[history];
}
