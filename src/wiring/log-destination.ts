import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** More than this is not kept until the end of the turn. */
const bufferBytes = 8 * 1024;
/** What nobody takes is kept up to here. */
const mostKept = 1024 * 1024;
const againMs = 100;
const endWithinMs = 1_000;

/**
 * Writes lines to an open file, those of one turn of the event loop together: under load each write costs more than
 * the line. When the process ends by itself, nothing is lost. A disk that is full, a reader that is slow or gone and a
 * terminal that was closed hold nobody up: what they do not take is tried again, and told as lost where it is too much.
 * (pino's own destination waits in `flushSync` until such a disk has room, and the whole server with it.)
 */
export function writeByTurns(fileDescriptor: number): DestinationStream {
  let kept: Buffer = Buffer.alloc(0);
  let turn: string[] = [];
  let length = 0;
  let lost = 0;
  let isDue = false;
  let again: NodeJS.Timeout | undefined;

  const flush = () => {
    isDue = false;
    const told = lost === 0 ? [] : [lostLine(lost)];
    kept = writeAll(fileDescriptor, Buffer.concat([kept, Buffer.from([...turn, ...told].join(''))]));
    [turn, length, lost] = [[], 0, 0];
    clearTimeout(again);
    again = kept.length === 0 ? undefined : setTimeout(flush, againMs).unref();
  };
  process.once('exit', () => {
    const endMs = performance.now() + endWithinMs;
    for (flush(); kept.length > 0 && performance.now() < endMs; flush()) rest(againMs);
  });
  return {
    write(line) {
      if (kept.length + length > mostKept) {
        lost += 1;
        return;
      }
      turn.push(line);
      length += line.length;
      if (again !== undefined) return;
      if (length >= bufferBytes) return flush();
      if (!isDue) setImmediate(flush);
      isDue = true;
    },
  };
}

/** @returns what was not taken, and may be tried again */
function writeAll(fileDescriptor: number, bytes: Buffer): Buffer {
  let left = bytes;
  try {
    while (left.length > 0) left = left.subarray(writeSync(fileDescriptor, left));
  } catch {
    // There is nobody to tell: this is where it would be told.
  }
  return left;
}

function lostLine(lines: number): string {
  return `${JSON.stringify({ level: 50, time: Date.now(), pid: process.pid, msg: `${lines} lines of this log were lost: it could not be written` })}\n`;
}

function rest(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
