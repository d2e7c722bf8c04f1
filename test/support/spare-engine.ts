import { randomBytes, randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { engineAnswers, engineArguments, spareBridgePrefix } from './cluster/engine.ts';
import { unmountAllIn } from './cluster/mounts.ts';
import { runCommand } from './run-command.ts';
import { startServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

export type SpareEngine = AsyncDisposable & {
  /** unix://... */
  host: string;
  readonly pid: number;
  /** Ends the engine with the containers in it; its images stay. */
  stop(): Promise<void>;
  /** Kills the engine alone, with -9: its containers go on until it is started again, which ends them. */
  kill(): Promise<void>;
  start(): Promise<void>;
};

export type SpareEngineOptions = {
  /** Folders of this machine in whose place the engine, and whoever enters its mounts, has empty ones. */
  hides?: readonly string[];
};

/**
 * A second Docker engine, empty, for tests that stop or kill theirs, or need one whose cache is cold. Needs root.
 * Its containers reach each other and the machine, nothing else.
 */
export async function startSpareEngine({ hides = [] }: SpareEngineOptions = {}): Promise<SpareEngine> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  opened.defer(() => unmountAllIn(folder.path));
  const bridge = opened.use(await makeBridge());
  const host = `unix://${join(folder.path, 'docker.sock')}`;
  const args = [...(await engineArguments(folder.path)), ...networkArguments(bridge.name)];
  const launch = () =>
    startServerProcess({
      name: 'dockerd',
      ...hiding(hides, ['dockerd', ...args, '--exec-opt=native.cgroupdriver=cgroupfs']),
      // Its containerd, when it is slow to end, dumps its stacks there.
      env: { ...process.env, TMPDIR: folder.path },
      isReady: () => engineAnswers(host),
      deadlineMs: 60_000,
      // It gives its containers 10 s of these; killed before, it would leave its containerd behind.
      stopDeadlineMs: 30_000,
    });
  let server = await launch();
  let wasKilled = false;
  opened.defer(async () => {
    // What a killed one has left (its containerd, containers) only another one can end.
    if (wasKilled) server = await launch();
    await server.stop();
  });
  const owned = opened.move();
  return {
    host,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    async kill() {
      wasKilled = true;
      const containerd = await readFile(join(folder.path, 'docker-exec/containerd/containerd.pid'), 'utf8');
      process.kill(server.pid, 'SIGKILL');
      await server.stop();
      // It dies with the engine, and the next one would take what is left of it, unreaped, for alive.
      await waitFor(() => !isThere(Number(containerd)), { what: 'the end of its containerd' });
    },
    async start() {
      server = await launch();
      wasKilled = false;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What starts a program so that it sees empty folders, which end with it. */
function hiding(folders: readonly string[], program: readonly string[]) {
  if (folders.length === 0) return { command: 'env', args: program };
  const script = `
    count=$1; shift
    while [ "$count" -gt 0 ]; do
      mkdir -p "$1"; mount -t tmpfs hidden "$1"; shift; count=$((count - 1))
    done
    exec "$@"`;
  const words = [String(folders.length), ...folders, ...program];
  return { command: 'unshare', args: ['--mount', '--', 'sh', '-ec', script, 'sh', ...words] };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * The shared engine's bridge and firewall rules are not to be touched: without a bridge of its own name an engine
 * takes docker0, and with `--bridge=none` it even deletes it.
 */
function networkArguments(bridge: string): string[] {
  return [
    `--bridge=${bridge}`,
    '--iptables=false',
    '--ip6tables=false',
    '--ip-forward=false',
    '--ip-masq=false',
  ];
}

async function makeBridge(): Promise<AsyncDisposable & { name: string }> {
  const name = `${spareBridgePrefix}${randomBytes(4).toString('hex')}`;
  const address = `10.${randomInt(128, 256)}.${randomInt(0, 256)}.1/24`;
  await runCommand('ip', ['link', 'add', 'name', name, 'type', 'bridge']);
  await runCommand('ip', ['address', 'add', address, 'dev', name]);
  await runCommand('ip', ['link', 'set', name, 'up']);
  return {
    name,
    async [Symbol.asyncDispose]() {
      await runCommand('ip', ['link', 'delete', name]);
    },
  };
}
