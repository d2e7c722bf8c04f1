import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultCode } from '../../../domain/fault.ts';
import { type FolderOrder, meterOutput, type TreeMeter } from '../export-folder.ts';
import type { SubversionRepository } from '../repository.ts';
import { CopyInUse, runSvn } from '../run-svn.ts';
import { SvnFault } from '../svn-fault.ts';
import type { HeldCopy } from './working-copies.ts';

export interface CopyOrder {
  copy: HeldCopy;
  order: FolderOrder;
  meter: TreeMeter;
}

/** How a working copy came to hold what was asked for. */
export type CopyHistory = 'made' | 'updated' | 'repaired' | 'replaced';

/**
 * Makes a working copy hold exactly one revision of its folder, without externals, and proves it. One that somebody left in
 * the middle, or that is not as it was left, is restored from what Subversion keeps before it is used, and so is one that
 * cannot be updated; what cannot be restored is made anew. Nothing of that happens for what lies with the server, or with a
 * machine that is short of something: a copy may have taken hours.
 *
 * The danger: Subversion follows a link that lies where it knows a folder, and then cleans what is behind the link. So svn
 * changes nothing in a copy that is not known to be as it was left, and never removes what it does not know.
 * @returns 'in-use' while another svn works in it; null where no checkout of it is clean, such as of a file
 * @throws Fault when the server is away, denies the folder or does not have it
 */
export async function bringCopy(
  repository: SubversionRepository,
  order: CopyOrder,
  signal: AbortSignal,
): Promise<CopyHistory | 'in-use' | null> {
  const meter = { ...order.meter, entries: 0, bytes: 0 };
  const work: Work = { ...order, meter, repository, signal };
  try {
    const used = (await hasDatabase(work)) ? await reuse(work) : null;
    if (used !== null) return used;
    const history = order.copy.record.bytes === 0 ? 'made' : 'replaced';
    return (await unlessBroken(checkOut(work))) ? history : null;
  } catch (error) {
    if (error instanceof CopyInUse) return 'in-use';
    throw error;
  }
}

async function reuse(work: Work): Promise<CopyHistory | null> {
  const isAsLeft = work.copy.record.isSettled && (await isUntouched(work));
  if (isAsLeft && (await switchTo(work))) return 'updated';
  return (await restore(work)) && (await switchTo(work)) ? 'repaired' : null;
}

interface Work extends CopyOrder {
  repository: SubversionRepository;
  signal: AbortSignal;
}

/** What has nothing to do with the working copy is not mended by another one. */
const notOfTheCopy: readonly FaultCode[] = ['scm-unreachable', 'scm-denied', 'scm-gone', 'disk-full'];
/** The repository has another UUID than the copy knows. */
const otherRepository = 170_009;

/** No memory, no more processes, too many open files: a new copy of all needs more of them. */
const shortages: readonly number[] = [11, 12, 23, 24];

/** @throws what does not lie with the working copy */
async function unlessBroken(work: Promise<boolean>): Promise<boolean> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SvnFault && isOfTheCopy(error)) return false;
    throw error;
  }
}

function isOfTheCopy({ code, numbers }: SvnFault): boolean {
  if (numbers.includes(otherRepository)) return true;
  return !notOfTheCopy.includes(code) && !numbers.some((number) => shortages.includes(number));
}

/** Takes locks and unfinished work away and writes all files again, none of which has to be fetched. */
function restore(work: Work): Promise<boolean> {
  const { path } = work.copy;
  const again = async () => {
    await emptyAround(path);
    await change(work, ['cleanup'], { targets: [path] });
    await change(work, ['revert', '--recursive'], { targets: [path] });
    // Half an update is still half of one: the switch goes on with it, and finds nothing in its way.
    return true;
  };
  return unlessBroken(again());
}

/** Node removes links, and never what they lead to. */
async function emptyAround(path: string): Promise<void> {
  for (const name of await readdir(path))
    if (name !== '.svn') await rm(join(path, name), { recursive: true, force: true, maxRetries: 3 });
}

/** With the URL, the peg and the revision, whatever branch it was of before, and whether that had this one's history. */
function switchTo(work: Work): Promise<boolean> {
  const { target, revision, peg } = work.order;
  const bring = async () => {
    await change(work, ['switch', '--ignore-ancestry', '--ignore-externals', '--accept=postpone'], {
      options: ['-r', revision],
      targets: [`${target}@${peg}`, work.copy.path],
    });
    return isClean(work);
  };
  return unlessBroken(bring());
}

async function checkOut(work: Work): Promise<boolean> {
  const { target, revision, peg } = work.order;
  await rm(work.copy.path, { recursive: true, force: true, maxRetries: 3 });
  await change(work, ['checkout', '--ignore-externals'], {
    options: ['-r', revision],
    targets: [`${target}@${peg}`, work.copy.path],
  });
  return isClean(work);
}

/**
 * All of the revision, none of it missing, changed, in conflict or of another branch, and nothing beside it. `svn status`
 * alone says nothing, in good order, of a folder that is no working copy.
 */
async function isClean(work: Work): Promise<boolean> {
  return (await versionOf(work)) === work.order.revision && (await hasNoStatus(work));
}

/** As `isClean`, of whatever revisions it has. */
function isUntouched(work: Work): Promise<boolean> {
  const look = async () => /^\d+(:\d+)?S?$/.test(await versionOf(work)) && (await hasNoStatus(work));
  return unlessBroken(look());
}

function versionOf(work: Work): Promise<string> {
  return say(work, { program: 'svnversion', args: ['-n', '--', work.copy.path] });
}

async function hasNoStatus(work: Work): Promise<boolean> {
  const args = ['status', '--no-ignore', '--ignore-externals', '--', work.copy.path];
  return (await say(work, { args })) === '';
}

/** Forgets files of revisions that are past: Subversion itself keeps them for ever. */
export async function vacuumCopy(
  repository: SubversionRepository,
  order: CopyOrder,
  signal: AbortSignal,
): Promise<void> {
  const work = { ...order, repository, signal };
  await change(work, ['cleanup', '--vacuum-pristines'], { targets: [order.copy.path] });
}

interface Change {
  options?: readonly string[];
  targets: readonly string[];
}

async function change(work: Work, command: readonly string[], { options = [], targets }: Change) {
  const { repository, order, copy, meter, signal } = work;
  const output = runSvn(
    await repository.client(),
    { ...common(work), args: [...command, ...options, '--', ...targets], lockFile: copy.lockFile },
    signal,
  );
  await meterOutput(output, { meter, attempt: order.attempt, doing: 'updating a working copy' });
}

/** The beginning of what svn says. */
async function say(work: Work, command: { args: readonly string[]; program?: 'svnversion' }) {
  const client = await work.repository.client();
  let said = '';
  for await (const chunk of runSvn(client, { ...common(work), ...command }, work.signal))
    if (said.length < 1_000) said += chunk.toString('utf8');
  return said.trim();
}

function common({ repository, order }: Work) {
  const { exportMs, exportIdleMs } = repository.limits;
  return { attempt: order.attempt, totalMs: exportMs, idleMs: exportIdleMs };
}

async function hasDatabase({ copy }: Work): Promise<boolean> {
  try {
    return (await lstat(join(copy.path, '.svn'))).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
