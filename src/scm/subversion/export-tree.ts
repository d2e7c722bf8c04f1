import { lstatSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { Fault } from '../../domain/fault.ts';
import { sizeText } from '../../domain/size-text.ts';
import type { StepProgress } from '../../domain/step-progress.ts';
import { fillDraft } from '../fill-draft.ts';
import type { ExportedTree, ExportRequest } from '../source-control.ts';
import { querySvn } from './query-svn.ts';
import { attemptOn, revisionNumber, type SubversionRepository, urlUnder } from './repository.ts';
import { runSvn } from './run-svn.ts';
import type { Attempt } from './svn-fault.ts';
import { elementsAt, textAt } from './xml-tree.ts';

const externalsBytes = 16 * 1024 * 1024;

/** @throws Fault, among them `scm-broken-tree` for a tree that must not be used and `disk-full` */
export async function exportTree(
  repository: SubversionRepository,
  request: ExportRequest & { path: string },
  signal: AbortSignal,
): Promise<ExportedTree> {
  const url = urlUnder(repository.root, request.path);
  const revision = revisionNumber(request.revision);
  const attempt = attemptOn(repository, 'Exporting', `${url}@${revision}`);
  const { onProgress, onReport } = request;
  const check = { what: attempt.what, metadataFolder: '.svn', signal };
  return fillDraft(request.into, check, async (draft) => {
    await fetchAndReport(repository, { url, revision, attempt, draft, onProgress, onReport }, signal);
    return draft;
  });
}

interface ExportOrder {
  url: string;
  revision: string;
  attempt: Attempt;
  /** Where the tree grows until it is complete. */
  draft: string;
  onProgress: ExportRequest['onProgress'];
  onReport: ExportRequest['onReport'];
}

/** Both at once, to save time; when one fails the other is ended too. */
async function fetchAndReport(
  repository: SubversionRepository,
  order: ExportOrder,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const work = [fetchTree(repository, order, either), reportExternals(repository, order, either)];
  try {
    await Promise.all(work);
  } finally {
    stop.abort();
    await Promise.allSettled(work);
  }
}

async function fetchTree(
  repository: SubversionRepository,
  { url, revision, attempt, draft, onReport }: ExportOrder,
  signal: AbortSignal,
): Promise<void> {
  const command = {
    args: ['export', '--ignore-externals', '-r', revision, '--', `${url}@${revision}`, draft],
    attempt,
    totalMs: repository.limits.exportMs,
    idleMs: repository.limits.exportIdleMs,
  };
  const { treeBytes } = repository.limits;
  let entries = 0;
  let bytes = 0;
  for await (const path of exportedPaths(runSvn(await repository.client(), command, signal))) {
    entries += 1;
    bytes += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes > treeBytes) throw tooLarge(attempt, treeBytes);
    onReport?.(checkedOut(entries, bytes));
  }
}

/** Nobody knows how many there will be. */
function checkedOut(entries: number, bytes: number): StepProgress {
  const text = `checking out: ${entries.toLocaleString('en')} files and folders, ${sizeText(bytes)} so far`;
  return { phase: 'checkout', text, done: entries, total: null, unit: 'files', items: [] };
}

/** svn names each file when it is complete: `A    /path/to/file`. */
async function* exportedPaths(output: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of output) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('A    ')) yield line.slice(5);
  }
}

function tooLarge({ what }: Attempt, treeBytes: number): Fault {
  return new Fault('scm-broken-tree', `${what} failed: the tree is larger than ${treeBytes} bytes`, {
    hint: 'Give the pipeline a smaller `source.path`',
    isRetryable: false,
  });
}

/** Externals may name any server, so none is followed; that a tree has them is said, since it may be why a build fails. */
async function reportExternals(
  repository: SubversionRepository,
  { url, revision, onProgress }: ExportOrder,
  signal: AbortSignal,
): Promise<void> {
  if (onProgress === undefined) return;
  const properties = await querySvn(
    await repository.client(),
    {
      subcommand: 'externals',
      url,
      revision,
      attempt: attemptOn(repository, 'Looking for externals in', `${url}@${revision}`),
      deadlineMs: repository.limits.exportMs,
      maxBytes: externalsBytes,
    },
    signal,
  );
  for (const target of elementsAt(properties, 'target')) {
    onProgress(
      `svn:externals of ${textAt(target, '$', 'path')} are not followed: the tree is exported without them`,
    );
  }
}
