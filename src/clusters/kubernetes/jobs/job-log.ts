import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../api.ts';
import { isApiError } from '../api-error.ts';

export interface LogTarget {
  /** `/api/v1/namespaces/shop/pods/migrate-x/log` */
  path: string;
  container: string;
  /** Where an earlier reader had come to; undefined: from the beginning. */
  after: string | undefined;
  /** Whether the container has ended for good, or is gone: then the log ends. */
  isOver(): boolean;
}

export interface MarkedLine {
  /** Rises from line to line. */
  mark: string;
  text: string;
}

const pauseMs = 300;

/** Reads a container's log to its end, each line once, past connections that break. */
export async function followLog(
  api: Api,
  target: LogTarget,
  { onLine, signal }: { onLine(line: MarkedLine): void; signal: AbortSignal },
): Promise<void> {
  let mark = target.after;
  for (;;) {
    const wasOver = target.isOver();
    try {
      await readOnce(api, { target, after: mark, signal }, (line) => {
        // The server gives lines from a whole second on: some come again.
        if (mark !== undefined && line.mark <= mark) return;
        mark = line.mark;
        onLine(line);
      });
      if (wasOver) return;
    } catch (error) {
      signal.throwIfAborted();
      if (isApiError(error, 404) || (wasOver && isApiError(error, 400))) return;
    }
    await delay(pauseMs, undefined, { signal });
  }
}

async function readOnce(
  api: Api,
  { target, after, signal }: { target: LogTarget; after: string | undefined; signal: AbortSignal },
  onLine: (line: MarkedLine) => void,
): Promise<void> {
  const { path, container } = target;
  const query = {
    ...{ container, follow: 'true', timestamps: 'true' },
    ...(after !== undefined && { sinceTime: after }),
  };
  const stream = await api.stream({ path, query }, signal);
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(markedLine(line));
  }
  if (rest !== '') onLine(markedLine(rest));
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
