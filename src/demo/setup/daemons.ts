import { spawn } from 'node:child_process';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../../domain/fault.ts';

export interface Daemon {
  name: string;
  command: string;
  args: readonly string[];
  /** True as soon as it answers; an exception counts as "not yet". */
  isReady(pid: number): Promise<boolean>;
}

export interface RunningDaemon extends AsyncDisposable {
  pid: number;
}

/**
 * Processes that are ended by us alone: a terminal's Ctrl-C does not reach them, so that they can be stopped in order.
 * Each is on record, and what a killed demo left running is found and ended by the next one.
 */
export interface Daemons {
  /** Returns when it answers. Disposing ends it. @throws Fault with the end of its log when it does not */
  start(daemon: Daemon, signal: AbortSignal): Promise<RunningDaemon>;
  /** Ends what is on record and alive, the youngest first. @returns the names */
  endLeftovers(): Promise<string[]>;
}

const startDeadlineMs = 60_000;
const stopDeadlineMs = 20_000;

/** A process id is given out again after its process ended; together with the start time it names one process. */
interface Identity {
  pid: number;
  startedAt: string;
}

interface Places {
  records: string;
  logs: string;
  environment: Record<string, string>;
}

export function createDaemons(places: Places): Daemons {
  return {
    async start(daemon, signal) {
      const identity = await launch(places, daemon);
      const running = {
        pid: identity.pid,
        [Symbol.asyncDispose]: () => end(places, daemon.name, identity),
      };
      try {
        await waitUntilReady(places, daemon, { identity, signal });
        return running;
      } catch (error) {
        await running[Symbol.asyncDispose]();
        throw error;
      }
    },
    async endLeftovers() {
      const ended: string[] = [];
      for (const { name, identity } of await readRecords(places)) {
        if (await isAlive(identity)) ended.push(name);
        await end(places, name, identity);
      }
      return ended;
    },
  };
}

async function launch(places: Places, { name, command, args }: Daemon): Promise<Identity> {
  await mkdir(places.records, { recursive: true });
  await mkdir(places.logs, { recursive: true });
  await using log = await open(logFile(places, name), 'w', 0o600);
  const child = spawn(command, args, {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log.fd, log.fd],
    env: places.environment,
  });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  const pid = child.pid ?? -1;
  const identity = { pid, startedAt: (await startTime(pid)) ?? '' };
  await writeFile(recordFile(places, name), `${identity.pid} ${identity.startedAt}\n`);
  return identity;
}

async function waitUntilReady(
  places: Places,
  daemon: Daemon,
  { identity, signal }: { identity: Identity; signal: AbortSignal },
): Promise<void> {
  const end = performance.now() + startDeadlineMs;
  while (await isAlive(identity)) {
    if (await daemon.isReady(identity.pid).catch(() => false)) return;
    if (performance.now() > end) break;
    await delay(50, undefined, { signal });
  }
  const file = logFile(places, daemon.name);
  const tail = (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-5).join('\n  ');
  throw new Fault('internal', `Starting ${daemon.name} failed; it said:\n  ${tail}`, {
    hint: `All it said is in ${file}`,
    isRetryable: false,
  });
}

async function end(places: Places, name: string, identity: Identity): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isAlive(identity))) break;
    process.kill(identity.pid, signal);
    const late = performance.now() + stopDeadlineMs;
    while ((await isAlive(identity)) && performance.now() < late) await delay(20);
  }
  await rm(recordFile(places, name), { force: true });
}

async function readRecords(places: Places): Promise<{ name: string; identity: Identity }[]> {
  const files = await readdir(places.records).catch(() => []);
  const records = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(places.records, file), 'utf8');
      return { name: file.replace(/\.pid$/, ''), identity: readIdentity(text) };
    }),
  );
  return records.sort((a, b) => Number(b.identity.startedAt) - Number(a.identity.startedAt));
}

/** A demo that was killed while it wrote leaves half a record, of a process that it had only just started. */
function readIdentity(text: string): Identity {
  const [pid, startedAt] = text.trim().split(' ');
  return { pid: Number(pid), startedAt: startedAt ?? '' };
}

async function isAlive({ pid, startedAt }: Identity): Promise<boolean> {
  return startedAt !== '' && (await startTime(pid)) === startedAt;
}

/** When the process started, in the kernel's own unit; undefined when it has ended (a zombie has). */
async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses and may hold spaces: count from its end.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

function logFile({ logs }: Places, name: string): string {
  return join(logs, `${name}.log`);
}

function recordFile({ records }: Places, name: string): string {
  return join(records, `${name}.pid`);
}
