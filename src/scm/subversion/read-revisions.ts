import type { Revision } from '../../domain/change.ts';
import type { Place } from '../source-control.ts';
import { identifyBySvn } from './identify.ts';
import { emptyRevision } from './parse-log.ts';
import { logProperties, readLog, readWholeLog } from './read-log.ts';
import { foldersOfRange, isClosed } from './readable-folders.ts';
import { pathOfPlace, revisionNumber, type SubversionRepository, urlUnder } from './repository.ts';

interface Range {
  from: number;
  to: number;
}

/**
 * The revisions `from`..`to` in order, streamed; where the account may not read the root, those that changed what it may read.
 */
export async function* readRevisions(
  repository: SubversionRepository,
  range: Range,
  signal: AbortSignal,
): AsyncGenerator<Revision, void> {
  let isBegun = false;
  try {
    for await (const revision of readWholeLog(repository, range, signal)) {
      isBegun = true;
      yield revision;
    }
    repository.reach.isRootClosed = false;
    return;
  } catch (error) {
    if (isBegun || !isClosed(error)) throw error;
    // What the account may read else; and where that is nothing, what is wrong.
    await identifyBySvn(repository, await repository.client(), signal);
    if (!repository.reach.isRootClosed) throw error;
  }
  yield* readFolders(repository, range, signal);
}

/**
 * A log of folders tells the history of what they are at its end. Where one of them was deleted or replaced meanwhile, what it
 * was before is in none: then each revision is asked for by itself.
 */
async function* readFolders(
  repository: SubversionRepository,
  { from, to }: Range,
  signal: AbortSignal,
): AsyncGenerator<Revision, void> {
  const { before, atEnd, isOneHistory } = await foldersOfRange(repository, { from, to }, signal);
  if (isOneHistory || from === to) {
    const deleted = before.filter((folder) => !atEnd.includes(folder));
    const logs = atEnd.map((folder) =>
      readWholeLog(repository, { from, to, target: urlUnder(repository.root, folder) }, signal),
    );
    yield* withDeleted(inOrder(logs), to, deleted);
    return;
  }
  for (let one = from; one <= to; one += 1) yield* readFolders(repository, { from: one, to: one }, signal);
}

/** What several logs tell, each of which names all paths of a revision; one that is in several of them once. */
async function* inOrder(logs: readonly AsyncGenerator<Revision, void>[]): AsyncGenerator<Revision, void> {
  try {
    let heads = await Promise.all(logs.map((log) => log.next()));
    for (;;) {
      const numbers = heads.map(({ value, done }) => (done === true ? Infinity : Number(value?.revision)));
      const next = Math.min(...numbers);
      const found = heads.flatMap(({ value }, index) => (numbers[index] === next && value ? [value] : []));
      const [first] = found;
      if (first === undefined) return;
      yield found.find(({ isIncomplete }) => isIncomplete !== true) ?? first;
      heads = await Promise.all(
        heads.map((head, index) => (numbers[index] === next ? (logs[index]?.next() ?? head) : head)),
      );
    }
  } finally {
    await Promise.all(logs.map((log) => log.return()));
  }
}

/** Who deleted a folder, and why, is told by the folder above it only. */
async function* withDeleted(
  revisions: AsyncIterable<Revision>,
  number: number,
  deleted: readonly string[],
): AsyncGenerator<Revision, void> {
  const gone = deleted.map((path) => ({ path, action: 'deleted', kind: 'directory' }) as const);
  let isTold = gone.length === 0;
  for await (const revision of revisions) {
    if (revision.revision === `${number}`) {
      isTold = true;
      yield { ...revision, paths: [...revision.paths, ...gone] };
    } else yield revision;
  }
  if (!isTold) yield { ...emptyRevision(`${number}`), paths: gone, isIncomplete: true };
}

/**
 * The newest revision of a place's history. Not the last-changed number of `svn info`: of what came with a copied folder that
 * is older than the copy.
 * @throws Fault `scm-gone` where the place does not exist
 */
export async function lastChange(
  repository: SubversionRepository,
  place: Place,
  signal: AbortSignal,
): Promise<Revision> {
  const number = revisionNumber(place.revision);
  const target = urlUnder(repository.root, pathOfPlace(repository, place));
  const request = { from: number, to: 0, peg: number, target, flags: ['--limit', '1', ...logProperties] };
  for await (const revision of readLog(repository, request, signal)) return revision;
  return emptyRevision(number);
}
