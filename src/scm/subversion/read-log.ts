import type { Revision } from '../../domain/change.ts';
import { identify } from './identify.ts';
import { emptyRevision, parseLog } from './parse-log.ts';
import { attemptOn, type SubversionRepository } from './repository.ts';
import { runSvn } from './run-svn.ts';
import { UnreadableData } from './svn-fault.ts';

export interface LogRange {
  from: number;
  to: number;
  /** The URL of a folder that exists at the end of the range: only what is in its history. Default: the root. */
  target?: string;
}

/**
 * The revisions of a range in order, streamed. One that the server cannot give as a whole is asked for again by
 * itself, piece by piece, and yielded with what is known: it never holds up those behind it.
 */
export async function* readWholeLog(
  repository: SubversionRepository,
  range: LogRange,
  signal: AbortSignal,
): AsyncGenerator<Revision, void> {
  let next = range.from;
  while (next <= range.to) {
    try {
      const request = { ...range, from: next, flags: ['-v', ...logProperties] };
      for await (const revision of readLog(repository, request, signal)) {
        next = Number(revision.revision) + 1;
        yield revision;
      }
      return;
    } catch (error) {
      if (!(error instanceof UnreadableData)) throw error;
      yield await readAlone(repository, { ...range, from: next, to: next }, signal);
      next += 1;
    }
  }
}

/** Also what people set themselves: a pipeline may ask for any of it. */
export const logProperties = ['--with-all-revprops'];

interface LogRequest extends Omit<LogRange, 'from'> {
  from: number | string;
  flags: readonly string[];
  /** The revision at which the target is looked up. Default: the end of the range. */
  peg?: string;
}

export async function* readLog(
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
  range: LogRange,
  signal: AbortSignal,
): Promise<Revision> {
  const { to: number } = range;
  const ask = (...flags: string[]) => readEntry(repository, { ...range, flags }, signal);
  const whole = await ask('-v', ...logProperties);
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
