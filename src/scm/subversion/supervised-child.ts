import type { ChildProcess } from 'node:child_process';

/** How long a process may take to end in good order. svn ignores SIGTERM while a server stalls. */
const graceMs = 1_500;
const stderrLimit = 16_384;

export interface Supervision {
  /** What the child reads from its standard input. */
  input: string;
  totalMs: number;
  signal: AbortSignal;
}

export interface SupervisedChild extends AsyncDisposable {
  /** Resolves when the process is gone and its output has been read. */
  readonly gone: Promise<void>;
  /** What it complained of, the last 16 KiB. */
  stderr(): string;
  /** Ends the whole process group for good within 1.5 s; the first reason given stays. */
  stop(reason: string): void;
  /** Why it was stopped by `stop` or its deadline; undefined when it ended by itself or by the signal. */
  stopReason(): string | undefined;
}

/**
 * Watches over a child that leads a process group: the group is ended when `signal` aborts, when `totalMs` have
 * passed, and when the supervision is disposed; disposing waits for the end.
 */
export function supervise(child: ChildProcess, { input, totalMs, signal }: Supervision): SupervisedChild {
  let stopReason: string | undefined;
  let kill: NodeJS.Timeout | undefined;
  let isGone = false;
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const end = () => {
    if (isGone || kill !== undefined) return;
    signalGroup(child, 'SIGTERM');
    kill = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  };
  const stop = (reason: string) => {
    stopReason ??= reason;
    end();
  };
  child.once('error', (error) => stop(error.message));
  child.stdin?.on('error', ignoreClosedPipe).end(input);
  const total = setTimeout(() => stop(`not done after ${totalMs / 1000} s`), totalMs);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  child.once('close', () => {
    isGone = true;
    resolve();
    clearTimeout(total);
    clearTimeout(kill);
    signal.removeEventListener('abort', end);
  });
  return {
    gone,
    stderr: keepTail(child),
    stop,
    stopReason: () => stopReason,
    async [Symbol.asyncDispose]() {
      end();
      child.stdout?.destroy();
      await gone;
    },
  };
}

/** The child may end, or be ended, without reading its input. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error;
}

/** A process that has just been started may not lead its group yet, so it is signalled itself when no group is found. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!isNoSuchProcess(error)) throw error;
    child.kill(signal);
  }
}

function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}

function keepTail(child: ChildProcess): () => string {
  let kept = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text).slice(-stderrLimit);
  });
  return () => kept;
}
