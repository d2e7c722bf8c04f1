import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pauseImage } from './base-image.ts';
import { bridgeNetwork } from './cluster/bridge-network.ts';
import { adminKubeconfig, makeCertificates } from './cluster/certificates.ts';
import { startControlPlane } from './cluster/control-plane.ts';
import type { Daemon } from './cluster/daemon.ts';
import { spareNodeName, startKubelet } from './cluster/kubelet.ts';
import { isNodeReady } from './cluster/node.ts';
import { freePort } from './free-port.ts';
import { type Kubernetes, kubernetesBehind } from './kubernetes.ts';
import { runCommand } from './run-command.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { startSpareEngine } from './spare-engine.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitFor } from './wait-for.ts';

export type SpareCluster = AsyncDisposable &
  Kubernetes & {
    /** Ends its API server, and returns when it is gone; pods go on. */
    stopApiServer(): Promise<void>;
    /** Starts it again where it was, and returns when it answers. */
    startApiServer(): Promise<void>;
  };

/**
 * A second Kubernetes of one node beside the shared one: processes, certificates, ports and a Docker engine of its own, ended
 * with the test. Its pods pull from this machine's registries and answer this machine; without a kube-proxy, the
 * addresses of its services lead nowhere (the API server's proxy leads to them). Needs root.
 */
export async function startSpareCluster(): Promise<SpareCluster> {
  await using opened = new AsyncDisposableStack();
  const { path: folder } = opened.use(await temporaryFolder());
  const engine = opened.use(await startSpareEngine({ hides: ['/var/log', '/var/lib/kubelet'] }));
  // An engine that ends would grant each of them ten seconds.
  opened.defer(() => removeContainers(engine.host));
  const network = await bridgeNetwork(engine.host);
  const [certificates, apiPort] = [
    await makeCertificates(join(folder, 'pki'), network.gateway),
    await freePort(),
  ];
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, await adminKubeconfig(`https://${network.gateway}:${apiPort}`, certificates));
  const daemons = opened.use(new Daemons());
  const launch = (daemon: Daemon) => daemons.start(daemon);
  const plane = { certificates, kubeconfig, network, apiPort, folder, launch };
  await Promise.all([startControlPlane(plane), pauseImage(engine.host)]);
  await startKubelet(plane, { name: spareNodeName, engine: engine.host, guestOf: engine.pid });
  const what = 'the node of the spare cluster to be ready';
  await waitFor(() => isNodeReady(kubeconfig, spareNodeName), { what, deadlineMs: 120_000, everyMs: 250 });
  const cluster = await kubernetesBehind(kubeconfig);
  const owned = opened.move();
  return {
    ...cluster,
    stopApiServer: () => daemons.stop('kube-apiserver'),
    startApiServer: () => daemons.restart('kube-apiserver'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Daemons that end with this process, however it ends, and have nothing to bring to an end themselves. */
class Daemons implements AsyncDisposable {
  readonly #started = new Map<string, { daemon: Daemon; server: ServerProcess }>();

  async start(daemon: Daemon): Promise<void> {
    const isReady = daemon.isReady ?? (async () => true);
    const ways = { stopSignal: 'SIGKILL', deadlineMs: 120_000, everyMs: 200 } as const;
    const server = await startServerProcess({ ...daemon, ...ways, isReady });
    this.#started.set(daemon.name, { daemon, server });
  }

  async stop(name: string): Promise<void> {
    await this.#started.get(name)?.server.stop();
  }

  async restart(name: string): Promise<void> {
    const known = this.#started.get(name);
    if (known === undefined) throw new Error(`${name} was never started`);
    await this.start(known.daemon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { server } of [...this.#started.values()].reverse()) await server.stop();
  }
}

async function removeContainers(engine: string): Promise<void> {
  const docker = (...args: string[]) => runCommand('docker', ['-H', engine, ...args]);
  const all = (await docker('ps', '--all', '--quiet')).split('\n').filter(Boolean);
  if (all.length > 0) await docker('rm', '--force', '--volumes', ...all);
}
