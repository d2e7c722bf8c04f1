import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, readlink, rename, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../../domain/fault.ts';

/** A running database server, a child of this process or not. */
export interface Postmaster {
  pid: number;
  /** Resolves when the process is gone. */
  gone: Promise<void>;
}

/** What `postmaster.pid` says; PostgreSQL writes it at start and leaves it behind when killed. */
export interface PostmasterFile {
  pid: number;
  /** Seconds since 1970. */
  startedAt: number;
  socketFolder: string;
  isReady: boolean;
}

export interface Launch {
  cluster: string;
  /** The whole command line. */
  command: string[];
  env: Record<string, string>;
  /** Receives what the server prints; turned over at a megabyte, one older file is kept. */
  logFile: string;
}

/** `flock`'s answer when another process holds the lock. */
export const lockedExitCode = 75;

/** Recovery after a crash replays at most `max_wal_size`, which takes seconds. */
const startDeadlineMs = 120_000;

/**
 * Starts the server in a session of its own (a terminal's Ctrl-C is ours to handle) and returns when it accepts
 * connections.
 *
 * @throws LaunchFailure when it ended instead
 */
export async function launchPostmaster(launch: Launch): Promise<Postmaster> {
  const [command = '', ...args] = launch.command;
  await turnOver(launch.logFile);
  const log = await open(launch.logFile, 'a', 0o600);
  const logStart = (await log.stat()).size;
  const child = spawn(command, args, {
    cwd: '/',
    env: launch.env,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  const gone = endOf(child);
  await log.close();
  child.unref();
  if (!(await isReady(launch.cluster, child))) {
    await gone;
    throw new LaunchFailure(child.exitCode, (await readFile(launch.logFile)).subarray(logStart).toString());
  }
  return { pid: child.pid ?? -1, gone };
}

export class LaunchFailure extends Error {
  readonly exitCode: number | null;
  /** The server's last fatal message, or else the last line that was printed. */
  readonly lastWords: string;

  constructor(exitCode: number | null, output: string) {
    super(`PostgreSQL ended at start (exit code ${exitCode}): ${output.trim().slice(-2_000)}`);
    this.exitCode = exitCode;
    const lines = output.trim().split('\n');
    const fatal = lines.findLast((line) => fatalLine.test(line));
    this.lastWords = (fatal ?? lines.at(-1) ?? '').replace(fatalLine, '');
  }
}

/** Time stamp and severity, as `log_line_prefix` and PostgreSQL print them. */
const fatalLine = /^.*? (FATAL|PANIC): +/;

/** A server that another process started. */
export function watchPostmaster(pid: number, cluster: string): Postmaster {
  return { pid, gone: whenGone(pid, cluster) };
}

/** Undefined when there is no such file, or only half of one. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(`${cluster}/postmaster.pid`, 'utf8').catch(ignoreMissing);
  const [pid, , startedAt, , socketFolder, , , status] = text?.split('\n') ?? [];
  if (!(Number(pid) > 0) || socketFolder === undefined) return undefined;
  return {
    pid: Number(pid),
    startedAt: Number(startedAt),
    socketFolder,
    isReady: status?.trim() === 'ready',
  };
}

/** Whether that process is a PostgreSQL at work in `cluster`, and not one that got the same number later. */
export async function isPostmasterOf(pid: number, cluster: string): Promise<boolean> {
  try {
    const [folder, name] = await Promise.all([
      readlink(`/proc/${pid}/cwd`),
      readFile(`/proc/${pid}/comm`, 'utf8'),
    ]);
    return folder === cluster && name.trim() === 'postgres';
  } catch {
    return false;
  }
}

/**
 * Ends a server in good order: open transactions are rolled back, everything is written. One that does not end
 * within 30 s is ended at once and recovers at its next start.
 */
export async function stopPostmaster(postmaster: Postmaster): Promise<void> {
  for (const [signal, deadlineMs] of [
    ['SIGINT', 30_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!send(postmaster.pid, signal)) return;
    send(postmaster.pid, 'SIGCONT');
    const deadline = new AbortController();
    const late = delay(deadlineMs, 'late', { signal: deadline.signal }).catch(() => 'late');
    const end = await Promise.race([postmaster.gone, late]);
    deadline.abort();
    if (end !== 'late') return;
  }
}

async function isReady(cluster: string, child: ChildProcess): Promise<boolean> {
  const deadline = performance.now() + startDeadlineMs;
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const file = await readPostmasterFile(cluster);
    if (file?.isReady && file.pid === child.pid) return true;
    if (performance.now() > deadline) {
      child.kill('SIGQUIT');
      throw new Fault(
        'database-unreachable',
        `The embedded PostgreSQL was not ready within ${startDeadlineMs} ms`,
      );
    }
    await delay(5);
  }
  return false;
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

async function whenGone(pid: number, cluster: string): Promise<void> {
  while (await isPostmasterOf(pid, cluster)) await delay(200, undefined, { ref: false });
}

async function turnOver(logFile: string): Promise<void> {
  const size = (await stat(logFile).catch(ignoreMissing))?.size ?? 0;
  if (size > 1_000_000) await rename(logFile, `${logFile}.1`);
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
