import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../wait-for.ts';
import { stateFolder } from './state-folder.ts';

export type Daemon = {
  name: string;
  command: string;
  args: readonly string[];
  /** True as soon as it answers; an exception counts as "not yet". Without it, a daemon that runs is ready. */
  isReady?: () => Promise<boolean>;
};

/** Starts a daemon, and returns when it is ready. */
export type Launch = (daemon: Daemon) => Promise<void>;

/** A process id is given out again after its process ended; together with the start time it names one process. */
type Identity = { pid: number; startedAt: string };

/** Starts a process that outlives this one, and waits until it answers; its output goes to `log/NAME.log` in the state folder. */
export async function startDaemon({ name, command, args, isReady }: Daemon): Promise<void> {
  await mkdir(join(stateFolder(), 'log'), { recursive: true });
  await mkdir(join(stateFolder(), 'pids'), { recursive: true });
  await using log = await open(logFile(name), 'w');
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    // It lives longer than the test run whose temporary folder is in this environment.
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  if (child.pid === undefined) throw new Error(`${name} has no process id`);
  const startedAt = (await startTime(child.pid)) ?? '';
  await writeFile(pidFile(name), JSON.stringify({ pid: child.pid, startedAt } satisfies Identity));
  if (isReady !== undefined) await waitForDaemon(name, isReady);
}

export async function isDaemonAlive(name: string): Promise<boolean> {
  const identity = await readIdentity(name);
  return identity !== undefined && (await isAlive(identity));
}

/** Asks the daemon to end, forces it after 30 s, and returns when it is gone. Nothing happens when it never ran. */
export async function stopDaemon(name: string): Promise<void> {
  const identity = await readIdentity(name);
  if (identity !== undefined && (await isAlive(identity))) {
    process.kill(identity.pid, 'SIGTERM');
    const gone = async () => !(await isAlive(identity));
    await waitFor(gone, { what: `${name} to end`, deadlineMs: 30_000 }).catch(async () => {
      process.kill(identity.pid, 'SIGKILL');
      await waitFor(gone, { what: `${name} to end after SIGKILL` });
    });
  }
  await rm(pidFile(name), { force: true });
}

/** Says where the daemon's log is, and how it ends, when it does not come to answer. */
async function waitForDaemon(name: string, isReady: () => Promise<boolean>): Promise<void> {
  const state = async () => ((await isDaemonAlive(name)) ? (await isReady()) && 'ready' : 'ended');
  const outcome = await waitFor(state, {
    what: `${name} to answer`,
    deadlineMs: 120_000,
    everyMs: 200,
  }).catch(String);
  if (outcome === 'ready') return;
  const tail = (await readFile(logFile(name), 'utf8')).trimEnd().split('\n').slice(-15).join('\n');
  throw new Error(`${name} did not start (${outcome}); the end of ${logFile(name)}:\n${tail}`);
}

async function readIdentity(name: string): Promise<Identity | undefined> {
  const text = await readFile(pidFile(name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

async function isAlive({ pid, startedAt }: Identity): Promise<boolean> {
  return (await startTime(pid)) === startedAt;
}

/** When the process started, in the kernel's own unit; undefined when it has ended (a zombie has). */
async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses and may hold spaces: count from its end.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

function logFile(name: string): string {
  return join(stateFolder(), 'log', `${name}.log`);
}

function pidFile(name: string): string {
  return join(stateFolder(), 'pids', `${name}.json`);
}
