import { lstatSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { Fault } from '../../domain/fault.ts';
import { sizeText } from '../../domain/size-text.ts';
import type { StepProgress } from '../../domain/step-progress.ts';
import type { SubversionRepository } from './repository.ts';
import { runSvn } from './run-svn.ts';
import type { Attempt } from './svn-fault.ts';

/** One `svn export`: of a folder, or of a file. */
export interface FolderOrder {
  /** As svn is asked for it, without peg revision. */
  target: string;
  revision: string;
  peg: string;
  attempt: Attempt;
  /** Nothing is there yet. */
  into: string;
  /** Without the folders in it. */
  isFilesOnly?: boolean;
}

/** Counts what several exports bring together. */
export interface TreeMeter {
  entries: number;
  bytes: number;
  readonly limitBytes: number;
  readonly onReport: ((report: StepProgress) => void) | undefined;
}

/** @throws Fault, also when the tree grows beyond its limit */
export async function exportFolder(
  repository: SubversionRepository,
  { order, meter }: { order: FolderOrder; meter: TreeMeter },
  signal: AbortSignal,
): Promise<void> {
  const { target, revision, peg, attempt, into, isFilesOnly = false } = order;
  const depth = isFilesOnly ? ['--depth=files'] : [];
  const command = {
    args: ['export', '--ignore-externals', ...depth, '-r', revision, '--', `${target}@${peg}`, into],
    attempt,
    totalMs: repository.limits.exportMs,
    idleMs: repository.limits.exportIdleMs,
  };
  await meterOutput(runSvn(await repository.client(), command, signal), { meter, attempt });
}

/** @throws Fault when what svn brings grows beyond the limit */
export async function meterOutput(
  output: AsyncIterable<Buffer>,
  { meter, attempt, doing = 'checking out' }: { meter: TreeMeter; attempt: Attempt; doing?: string },
): Promise<void> {
  for await (const path of broughtPaths(output)) {
    countEntry(meter, attempt, lstatSync(path, { throwIfNoEntry: false })?.size ?? 0);
    meter.onReport?.(progressOf(meter, doing));
  }
}

/** @throws Fault when the tree grows beyond its limit */
export function countEntry(meter: TreeMeter, attempt: Attempt, bytes: number): void {
  meter.entries += 1;
  meter.bytes += bytes;
  if (meter.bytes > meter.limitBytes) throw tooLarge(attempt, meter.limitBytes);
}

/** Nobody knows how many there will be. */
function progressOf({ entries, bytes }: TreeMeter, doing: string): StepProgress {
  const text = `${doing}: ${entries.toLocaleString('en')} ${entries === 1 ? 'file or folder' : 'files and folders'}, ${sizeText(bytes)} so far`;
  return { phase: 'checkout', text, done: entries, total: null, unit: 'files', items: [] };
}

/** svn names each file when it is complete: `A    /path/to/file`, `U` for a changed one. */
async function* broughtPaths(output: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of output) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (/^[AUR][A-Z ]{3} ./.test(line)) yield line.slice(5);
  }
}

function tooLarge({ what }: Attempt, limitBytes: number): Fault {
  return new Fault('scm-broken-tree', `${what} failed: the tree is larger than ${limitBytes} bytes`, {
    hint: 'Give the pipeline a smaller `source.path`',
    isRetryable: false,
  });
}
