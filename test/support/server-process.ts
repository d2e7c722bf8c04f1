import { type ChildProcess, spawn } from 'node:child_process';
import { waitFor } from './wait-for.ts';

export type ServerCommand = {
  /** Name in error messages, for example "redis-server". */
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  uid?: number;
  /** True as soon as the server answers. An exception counts as "not yet". */
  isReady: () => Promise<boolean>;
  /** The signal that asks it to end in good order; SIGKILL follows when it does not. */
  stopSignal?: NodeJS.Signals;
  /** How long it may take to end in good order, by default 10 s. */
  stopDeadlineMs?: number;
  deadlineMs?: number;
  /** How often that is asked, by default every 20 ms. */
  everyMs?: number;
};

export type ServerProcess = AsyncDisposable & {
  pid: number;
  /** Ends the process (a stopped or frozen one too) and waits until it is gone. Safe to repeat. */
  stop(): Promise<void>;
};

const usualStopDeadlineMs = 10_000;

/**
 * Starts a server as a child and returns when it answers; throws with the end of its output when it does not.
 * The child dies with this process, however this process dies.
 */
export async function startServerProcess(server: ServerCommand): Promise<ServerProcess> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', server.command, ...server.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(server.env && { env: server.env }),
    ...(server.uid !== undefined && { uid: server.uid, gid: server.uid }),
  });
  const tail = keepTail(child);
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => resolve()).once('error', () => resolve()),
  );
  const stop = () => end(child, gone, server);
  try {
    await waitUntilReady(server, child);
  } catch (cause) {
    await stop();
    throw new Error(`${server.name} did not start: ${tail() || 'it printed nothing'}`, { cause });
  }
  if (child.pid === undefined) throw new Error(`${server.name} has no process id`);
  return { pid: child.pid, stop, [Symbol.asyncDispose]: stop };
}

async function waitUntilReady(server: ServerCommand, child: ChildProcess): Promise<void> {
  const state = await waitFor(async () => (hasEnded(child) ? 'ended' : (await server.isReady()) && 'ready'), {
    what: `${server.name} to answer`,
    deadlineMs: server.deadlineMs ?? 60_000,
    everyMs: server.everyMs ?? 20,
  });
  if (state === 'ended') throw new Error(`${server.name} ended at once, with exit code ${child.exitCode}`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function end(
  child: ChildProcess,
  gone: Promise<void>,
  { stopSignal = 'SIGTERM', stopDeadlineMs = usualStopDeadlineMs }: ServerCommand,
): Promise<void> {
  if (hasEnded(child)) return;
  child.kill(stopSignal);
  child.kill('SIGCONT');
  const force = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
  await gone;
  clearTimeout(force);
}

/** Reads all output, so that the server never blocks on a full pipe, and keeps the last 4000 characters. */
function keepTail(child: ChildProcess): () => string {
  let kept = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      kept = (kept + text).slice(-4000);
    });
  }
  return () => kept.trim();
}
