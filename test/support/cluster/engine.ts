import { readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import { waitFor } from '../wait-for.ts';
import { startDaemon, stopDaemon } from './daemon.ts';
import { removeEngineRemains } from './engine-remains.ts';
import { type RunningProcess, runningProcesses } from './running-processes.ts';
import { stateFolder } from './state-folder.ts';

const daemonName = 'dockerd';

/** The names of the bridges of spare engines begin with this. */
export const spareBridgePrefix = 'tlspare';

/**
 * The machine's Docker engine, as unix://...: one that answers is used as it is (DOCKER_HOST, the default socket, or
 * wherever a running dockerd listens), else one is started. To be called by the holder of the machine's lock.
 */
export async function findOrStartEngine(): Promise<string> {
  return (await findEngine()) ?? startEngine();
}

/** Ends the engine if test runs started it; another one is left alone. */
export async function stopEngine(): Promise<void> {
  await stopDaemon(daemonName);
  await removeEngineRemains(stateFolder());
}

/** Whether a Docker engine answers at this address. */
export async function engineAnswers(host: string): Promise<boolean> {
  return runCommand('docker', ['-H', host, 'version'], { deadlineMs: 10_000 }).then(
    () => true,
    () => false,
  );
}

async function findEngine(): Promise<string | undefined> {
  const engines = (await runningProcesses('dockerd')).filter((process) => !isSpare(process));
  const network = await networkOf('self');
  const networks = await Promise.all(engines.map(({ pid }) => networkOf(pid)));
  const running = engines.filter((_, index) => networks[index] === network);
  const wellKnown = [process.env.DOCKER_HOST, 'unix:///var/run/docker.sock'];
  const hosts = [...wellKnown, ...running.flatMap(hostsOf)].filter((host) => host?.startsWith('unix://'));
  const answering = await firstThatAnswers(hosts);
  if (answering !== undefined || running.length === 0) return answering;
  // A second engine would take docker0 and the firewall rules away from the first, which may only just be starting.
  const what = `the Docker engine that runs as process ${running[0]?.pid} to answer on a Unix socket (set DOCKER_HOST)`;
  return waitFor(() => firstThatAnswers(hosts), { what, deadlineMs: 30_000, everyMs: 500 });
}

async function firstThatAnswers(hosts: (string | undefined)[]): Promise<string | undefined> {
  for (const host of hosts) {
    if (host !== undefined && (await engineAnswers(host))) return host;
  }
  return undefined;
}

/** A spare engine of some test ends with that test: it is never the machine's. */
function isSpare({ args }: RunningProcess): boolean {
  return args.some((arg) => arg.startsWith(`--bridge=${spareBridgePrefix}`));
}

/** An engine in a network namespace of its own (a demo's) sees none of the servers of the tests. */
function networkOf(pid: number | 'self'): Promise<string> {
  return readlink(`/proc/${pid}/ns/net`).catch(() => '');
}

function hostsOf({ args }: RunningProcess): string[] {
  return args.flatMap((arg, index) => (arg === '-H' || arg === '--host' ? (args[index + 1] ?? []) : []));
}

async function startEngine(): Promise<string> {
  const host = `unix://${join(stateFolder(), 'docker.sock')}`;
  await removeEngineRemains(stateFolder());
  // After a restart of the machine its number may be another process's: the engine would refuse to start.
  await rm(join(stateFolder(), 'docker.pid'), { force: true });
  await startDaemon({
    name: daemonName,
    command: 'dockerd',
    args: [...(await engineArguments(stateFolder())), '--exec-opt=native.cgroupdriver=cgroupfs'],
    isReady: () => engineAnswers(host),
  });
  return host;
}

/** Arguments that keep all an engine has in one folder, its socket as `docker.sock`. */
export async function engineArguments(folder: string): Promise<string[]> {
  return [
    ...['--host', `unix://${join(folder, 'docker.sock')}`, '--pidfile', join(folder, 'docker.pid')],
    ...['--data-root', join(folder, 'docker'), '--exec-root', join(folder, 'docker-exec')],
    ...((await mayLowerOomScore())
      ? []
      : ['--add-runtime', `clamped=${clampedRuntime}`, '--default-runtime=clamped']),
  ];
}

const clampedRuntime = join(import.meta.dirname, 'runc-clamped');

/** CAP_SYS_RESOURCE is bit 24 of the capabilities; some virtual machines and containers do without it. */
async function mayLowerOomScore(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return (BigInt(`0x${effective}`) & (1n << 24n)) !== 0n;
}
