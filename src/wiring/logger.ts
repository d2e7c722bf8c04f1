import { type Logger, pino } from 'pino';
import { Fault } from '../domain/fault.ts';
import { writeByTurns } from './log-destination.ts';

const options = { serializers: { err: (error: unknown) => describeError(error, { stacks: true }) } };

/** Lines of JSON for machines, on standard error; the same for people where that is a terminal. */
export async function createLogger(): Promise<Logger> {
  if (!process.stderr.isTTY) return pino(options, writeByTurns(2));
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ destination: 2, sync: true, ignore: 'pid,hostname' }));
}

/** Lines of JSON at the end of a file, for a server that has its terminal for something else. */
export function createFileLogger(file: string): Logger {
  return pino(options, pino.destination({ dest: file, mkdir: true }));
}

/** Keeps what went wrong unexpectedly, for somebody who may ask at the end; faults are told where they happen. */
export function createMemoryLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const write = (line: string) => {
    if (JSON.parse(line).err?.type !== Fault.name) lines.push(line);
  };
  return { logger: pino({ ...options, level: 'error' }, { write }), lines };
}

interface ErrorDescription {
  type: string;
  message: string;
  code?: string | number;
  hint?: string;
  stack?: string;
  cause?: ErrorDescription;
}

/**
 * Only what is known to be harmless: libraries hang whole clients and commands on errors, passwords included. A fault
 * that has a name says in its message and hint what a reader can do; only where the mistake may be ours is a stack shown.
 */
function describeError(error: unknown, wish: { stacks: boolean }): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const isKnown = error instanceof Fault && error.code !== 'internal';
  const stacks = wish.stacks && !isKnown;
  const code = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stacks && error.stack !== undefined ? { stack: error.stack } : {}),
    ...(isKnown && error.hint !== undefined ? { hint: error.hint } : {}),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause, { stacks }) }),
  };
}
