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
  for (let pauseMs = shortestPauseMs; ; pauseMs *= 2) {
    const wasOver = target.isOver();
    try {
      await readOnce(api, { target, after: mark, drained, signal }, (line) => {
        // The server gives lines from a whole second on: some come again.
        if (mark !== undefined && line.mark <= mark) return;
        mark = line.mark;
        pauseMs = shortestPauseMs;
        onLine(line);
      });
      if (wasOver) return;
    } catch (error) {
      signal.throwIfAborted();
      if (isApiError(error, 404) || isApiError(error, 403) || (wasOver && isApiError(error, 400))) return;
    }
    pauseMs = Math.min(pauseMs, target.longestPauseMs ?? shortestPauseMs);
    await delay(pauseMs, undefined, { signal });
  }
}

async function readOnce(
  api: Api,
  {
    target,
    after,
    drained,
    signal,
  }: Omit<LineReader, 'onLine'> & { target: LogTarget; after: string | undefined },
  onLine: (line: MarkedLine) => void,
): Promise<void> {
  const { path, container } = target;
  const query = {
    ...{ container, follow: 'true', timestamps: 'true' },
    ...(after !== undefined && { sinceTime: after }),
  };
  const stream = await api.stream({ path, query }, signal);
  const lines = new LinePieces(mostLineUnits);
  const take = (piece: LinePiece) => piece.isFirst && onLine(markedPiece(piece));
  for await (const chunk of stream.setEncoding('utf8')) {
    lines.push(String(chunk)).forEach(take);
    await drained?.();
  }
  lines.end().forEach(take);
}

/** All pieces of a line have one mark, so what comes behind its first piece could not be told from what was read. */
function markedPiece({ text, isLast }: LinePiece): MarkedLine {
  const line = markedLine(text);
  return isLast ? line : { ...line, text: `${line.text} [Trunkline left out the rest of this long line]` };
}

/** Each line begins with its time. */
export function markedLine(line: string): MarkedLine {
  const [time = ''] = line.split(' ', 1);
  return { mark: comparable(time), text: line.slice(time.length + 1) };
}

/** Engines leave out zeros at the end of a fraction: as texts such times do not compare. */
function comparable(time: string): string {
  const [, seconds, fraction = ''] = /^([^.Z]*)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return seconds === undefined ? time : `${seconds}.${fraction.padEnd(9, '0')}Z`;
}
