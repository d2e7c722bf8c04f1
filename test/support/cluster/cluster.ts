import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { runCommand } from '../run-command.ts';
import { waitFor } from '../wait-for.ts';
import { bridgeNetwork } from './bridge-network.ts';
import { adminKubeconfig, makeCertificates } from './certificates.ts';
import { controlPlaneDaemons, startControlPlane } from './control-plane.ts';
import { isDaemonAlive, startDaemon, stopDaemon } from './daemon.ts';
import { spareNodeName } from './kubelet.ts';
import { isNodeReady, nodeDaemons, removeNode, startNode } from './node.ts';
import { runningProcesses } from './running-processes.ts';
import { stateFolder } from './state-folder.ts';

const daemons = [...nodeDaemons, ...controlPlaneDaemons];

/**
 * The one-node cluster of test runs, as the path of its kubeconfig: one that lives is used, else a new one is
 * started on this engine, with nothing in it. To be called by the holder of the machine's lock.
 */
export async function findOrStartCluster(engine: string): Promise<string> {
  const kubeconfig = join(stateFolder(), 'kubeconfig');
  if (await isClusterAlive(kubeconfig)) return kubeconfig;
  await stopCluster();
  refuseWithoutRoot();
  await refuseForeignKubelet();
  await writeFile(engineFile(), engine);
  const network = await bridgeNetwork(engine);
  const certificates = await makeCertificates(join(stateFolder(), 'pki'), network.gateway);
  const apiPort = await freePort();
  const plane = { certificates, kubeconfig, network, apiPort, folder: stateFolder(), launch: startDaemon };
  const server = `https://${network.gateway}:${apiPort}`;
  await writeFile(kubeconfig, await adminKubeconfig(server, certificates), { mode: 0o600 });
  await startControlPlane(plane);
  await startNode(plane, engine);
  const what = `the Kubernetes node to be ready (logs in ${join(stateFolder(), 'log')})`;
  await waitFor(() => isNodeReady(kubeconfig), { what, deadlineMs: 120_000, everyMs: 250 });
  return kubeconfig;
}

/** Ends the cluster of test runs, whole or in parts, and takes away all it left. Safe to repeat. */
export async function stopCluster(): Promise<void> {
  const engine = await readFile(engineFile(), 'utf8').catch(() => undefined);
  if (engine === undefined) return;
  for (const name of daemons) await stopDaemon(name);
  await removeNode(engine);
  for (const name of ['etcd', 'kubelet', 'kubelet-pki', 'pki', 'kubeconfig', 'kubelet.json']) {
    await rm(join(stateFolder(), name), { recursive: true, force: true });
  }
  await rm(engineFile());
}

/** Written before anything is started, removed when all of it is gone; says on which engine the pods run. */
function engineFile(): string {
  return join(stateFolder(), 'cluster-engine');
}

async function isClusterAlive(kubeconfig: string): Promise<boolean> {
  const alive = await Promise.all(daemons.map(isDaemonAlive));
  if (alive.includes(false)) return false;
  return runCommand('kubectl', ['--kubeconfig', kubeconfig, 'get', '--raw', '/readyz'], {
    deadlineMs: 10_000,
  }).then(
    () => true,
    () => false,
  );
}

function refuseWithoutRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new Error(
    'only root can start a Kubernetes node: run as root, or name a cluster in TRUNKLINE_TEST_KUBECONFIG',
  );
}

/** Two kubelets on one machine remove each other's pods; and somebody's own cluster is no place for tests unasked. */
async function refuseForeignKubelet(): Promise<void> {
  const kubelets = await runningProcesses('kubelet');
  const kubelet = kubelets.find(({ args }) => !args.includes(spareNodeName));
  if (kubelet === undefined) return;
  throw new Error(
    `another Kubernetes node runs on this machine (kubelet, process ${kubelet.pid}): ` +
      'to run the tests on its cluster, name its kubeconfig file in TRUNKLINE_TEST_KUBECONFIG',
  );
}
