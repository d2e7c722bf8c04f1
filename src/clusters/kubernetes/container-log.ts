import { setTimeout as delay } from 'node:timers/promises';
import { type LinePiece, LinePieces } from '../../domain/line-pieces.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';

export interface LogTarget {
  /** `/api/v1/namespaces/shop/pods/migrate-x/log` */
  path: string;
  container: string;
  /** Where an earlier reader had come to; undefined: from the beginning. */
  after: string | undefined;
  /** Whether the container has ended for good, or is gone: then the log ends. */
  isOver(): boolean;
  /** Between two connections, while nothing new comes. */
  longestPauseMs?: number;
}

export interface MarkedLine {
  /** Rises from line to line. */
  mark: string;
  text: string;
}

const shortestPauseMs = 300;
/** So often the node may say that it cannot read the log of a container that is over. */
const mostExcuses = 10;
const mostLineUnits = 2 ** 20;

interface LineReader {
  onLine(line: MarkedLine): void;
  /** Awaited before more lines are read. */
  drained?: (() => Promise<void>) | undefined;
  signal: AbortSignal;
}

/** Reads a container's log to its end, each line once, past connections that break. */
export async function followLog(
  api: Api,
  target: LogTarget,
  { onLine, drained, signal }: LineReader,
): Promise<void> {
  let mark = target.after;
  let excuses = 0;
  const isLast = (isWhole: boolean) => isWhole || ++excuses >= mostExcuses;
  for (let pauseMs = shortestPauseMs; ; pauseMs *= 2) {
    const wasOver = target.isOver();
    try {
      const isWhole = await readOnce(api, { target, after: mark, drained, signal }, (line) => {
        // The server gives lines from a whole second on: some come again.
        if (mark !== undefined && line.mark <= mark) return;
        mark = line.mark;
        pauseMs = shortestPauseMs;
        onLine(line);
      });
      if (wasOver && isLast(isWhole)) return;
    } catch (error) {
      signal.throwIfAborted();
      if (isLost(error, wasOver)) return;
    }
    pauseMs = Math.min(pauseMs, target.longestPauseMs ?? shortestPauseMs);
    await delay(pauseMs, undefined, { signal });
  }
}

function isLost(error: unknown, wasOver: boolean): boolean {
  return isApiError(error, 404) || isApiError(error, 403) || (wasOver && isApiError(error, 400));
}

/**
 * A node that cannot read a log says so in its place, with success ("too many open files", "unable to retrieve container
 * logs"): such a line has no time, and is none of the container's.
 * @returns false: it did so
 */
async function readOnce(
  api: Api,
  {
    target,
    after,
    drained,
    signal,
  }: Omit<LineReader, 'onLine'> & { target: LogTarget; after: string | undefined },
  onLine: (line: MarkedLine) => void,
): Promise<boolean> {
  const { path, container } = target;
  const query = {
    ...{ container, follow: 'true', timestamps: 'true' },
    ...(after !== undefined && { sinceTime: after }),
  };
  const stream = await api.stream({ path, query }, signal);
  const lines = new LinePieces(mostLineUnits);
  let isWhole = true;
  const take = (piece: LinePiece) => {
    if (!piece.isFirst || piece.text === '') return;
    const line = markedPiece(piece);
    if (line === undefined) isWhole = false;
    else onLine(line);
  };
  for await (const chunk of stream.setEncoding('utf8')) {
    lines.push(String(chunk)).forEach(take);
    await drained?.();
  }
  lines.end().forEach(take);
  return isWhole;
}

/** All pieces of a line have one mark, so what comes behind its first piece could not be told from what was read. */
function markedPiece({ text, isLast }: LinePiece): MarkedLine | undefined {
  const line = markedLine(text);
  return isLast || line === undefined
    ? line
    : { ...line, text: `${line.text} [Trunkline left out the rest of this long line]` };
}

/** Each line of a container begins with its time; undefined: it is none. */
export function markedLine(line: string): MarkedLine | undefined {
  const [time = ''] = line.split(' ', 1);
  const mark = comparable(time);
  return mark === undefined ? undefined : { mark, text: line.slice(time.length + 1) };
}

/** Engines leave out zeros at the end of a fraction: as texts such times do not compare. */
function comparable(time: string): string | undefined {
  const [, seconds, fraction = ''] = /^(\d{4}-\d\d-\d\dT[^.Z]*)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return seconds === undefined ? undefined : `${seconds}.${fraction.padEnd(9, '0')}Z`;
}
