import type { Revision } from '../../domain/change.ts';
import type { Place } from '../source-control.ts';
import { identify } from './identify.ts';
import { ciRunProperty, emptyRevision, parseLog } from './parse-log.ts';
import { attemptOn, pathOfPlace, revisionNumber, type SubversionRepository, urlUnder } from './repository.ts';
import { runSvn } from './run-svn.ts';
import { UnreadableData } from './svn-fault.ts';

/**
 * The revisions `from`..`to` in order, streamed. One that the server cannot give as a whole is asked for again by
 * itself, piece by piece, and yielded with what is known: it never holds up those behind it.
 */
export async function* readRevisions(
  repository: SubversionRepository,
  range: { from: number; to: number },
  signal: AbortSignal,
): AsyncGenerator<Revision, void> {
  let next = range.from;
  while (next <= range.to) {
    try {
      const request = { from: next, to: range.to, flags: ['-v', ...properties] };
      for await (const revision of readLog(repository, request, signal)) {
        next = Number(revision.revision) + 1;
        yield revision;
      }
      return;
    } catch (error) {
      if (!(error instanceof UnreadableData)) throw error;
      yield await readAlone(repository, next, signal);
      next += 1;
    }
  }
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
  const request = { from: number, to: 0, peg: number, target, flags: ['--limit', '1', ...properties] };
  for await (const revision of readLog(repository, request, signal)) return revision;
  return emptyRevision(number);
}

/** Named, because one that is asked for replaces those that come by themselves. */
const properties = ['svn:author', 'svn:date', 'svn:log', ciRunProperty].flatMap((name) => [
  '--with-revprop',
  name,
]);

interface LogRequest {
  from: number | string;
  to: number;
  flags: readonly string[];
  /** Default: the repository's root, at the end of the range. */
  target?: string;
  peg?: string;
}

async function* readLog(
  repository: SubversionRepository,
  { from, to, flags, target = repository.root, peg = `${to}` }: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<Revision, void> {
  const pegged = `${target}@${peg}`;
  const command = {
    args: ['log', '--xml', ...flags, '-r', `${from}:${to}`, '--', pegged],
    attempt: attemptOn(repository, `Reading the revisions ${from} to ${to} of`, pegged),
    totalMs: repository.limits.logMs,
    idleMs: repository.limits.logIdleMs,
  };
  yield* parseLog(runSvn(await repository.client(), command, signal));
}

async function readAlone(
  repository: SubversionRepository,
  number: number,
  signal: AbortSignal,
): Promise<Revision> {
  const ask = (...flags: string[]) => readEntry(repository, { from: number, to: number, flags }, signal);
  const whole = await ask('-v', ...properties);
  if (whole !== undefined) return whole;
  const withPaths = await ask('-v', '-q');
  const withMessage = await ask();
  // When nothing at all can be read, the trouble may be the server's: then this throws, and no revision is given up.
  if (withPaths === undefined && withMessage === undefined) await identify(repository, signal);
  repository.logger?.warn(
    { repository: repository.name, revision: number, hasPaths: withPaths !== undefined },
    'a revision could be read in part only',
  );
  const known = withMessage ?? withPaths ?? emptyRevision(String(number));
  return { ...known, paths: withPaths?.paths ?? [], isIncomplete: true };
}

async function readEntry(
  repository: SubversionRepository,
  request: LogRequest,
  signal: AbortSignal,
): Promise<Revision | undefined> {
  try {
    for await (const revision of readLog(repository, request, signal)) return revision;
    return emptyRevision(String(request.from));
  } catch (error) {
    if (error instanceof UnreadableData) return undefined;
    throw error;
  }
}
