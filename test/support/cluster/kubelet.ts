import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pauseImage } from '../base-image.ts';
import { freePort } from '../free-port.ts';
import { runCommand } from '../run-command.ts';
import type { ControlPlane } from './control-plane.ts';
import { kubernetesBinaries } from './state-folder.ts';

/** The node of a spare cluster, which keeps out of the way of the machine's one. */
export const spareNodeName = 'spare-node';

export type Node = {
  name: string;
  /** The Docker engine that runs its pods; nobody else's kubelet may use it. */
  engine: string;
  /**
   * Of a second node on this machine: the process whose mounts it is to see. Two kubelets would clear away each
   * other's logs under /var/log/pods and each other's control groups, and rewrite each other's firewall rules.
   */
  guestOf?: number;
};

/** Where the kubelet keeps what its pods mount. */
export function kubeletFolder({ folder }: Pick<ControlPlane, 'folder'>): string {
  return join(folder, 'kubelet');
}

/** Starts what makes this machine a node of the cluster, and runs its pods on the node's engine. */
export async function startKubelet(plane: ControlPlane, { name, engine, guestOf }: Node): Promise<void> {
  const config = join(plane.folder, 'kubelet.json');
  const isGuest = guestOf !== undefined;
  const settings = { ...(await configuration(plane, engine)), ...(isGuest && guestSettings) };
  await writeFile(config, JSON.stringify(settings));
  const kubelet = join(kubernetesBinaries(), 'kubelet');
  const args = [
    ...['--kubeconfig', plane.kubeconfig, '--config', config, '--root-dir', kubeletFolder(plane)],
    ...['--hostname-override', name, '--node-ip', plane.network.gateway],
    ...['--cert-dir', join(plane.folder, 'kubelet-pki')],
    ...['--container-runtime', 'docker', '--docker-endpoint', engine, '--network-plugin='],
    ...['--pod-infra-container-image', await pauseImage(engine)],
    ...(isGuest ? ['--experimental-dockershim-root-directory', join(plane.folder, 'dockershim')] : []),
  ];
  const entered = ['--target', String(guestOf), '--mount', '--', kubelet, ...args];
  await plane.launch({
    name: 'kubelet',
    ...(isGuest ? { command: 'nsenter', args: entered } : { command: kubelet, args }),
  });
}

const guestSettings = { cgroupsPerQOS: false, makeIPTablesUtilChains: false };

async function configuration({ certificates, network }: ControlPlane, engine: string) {
  const cgroupDriver = await runCommand('docker', ['-H', engine, 'info', '--format', '{{.CgroupDriver}}']);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    // The kubelet refuses to start when its driver and the engine's differ.
    cgroupDriver: cgroupDriver.trim(),
    enforceNodeAllocatable: [],
    failSwapOn: false,
    address: network.gateway,
    port: await freePort(),
    healthzPort: await freePort(),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: certificates.authority.certificate },
    },
    authorization: { mode: 'AlwaysAllow' },
    podCIDR: network.subnet,
    // A developer's disk is often nearly full: pods would be evicted in the middle of a test.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    syncFrequency: '5s',
    // Many tests share the node: at the usual five a second, events would come half a minute late.
    eventRecordQPS: 50,
    eventBurst: 100,
    nodeStatusUpdateFrequency: '4s',
  };
}
