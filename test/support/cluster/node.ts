import { join } from 'node:path';
import { pauseImage } from '../base-image.ts';
import { freePort } from '../free-port.ts';
import { runCommand } from '../run-command.ts';
import type { ControlPlane } from './control-plane.ts';
import { engineAnswers } from './engine.ts';
import { removeKubernetesRules } from './firewall.ts';
import { kubeletFolder, startKubelet } from './kubelet.ts';
import { unmountAllIn } from './mounts.ts';
import { kubernetesBinaries, stateFolder } from './state-folder.ts';

const nodeName = 'node1';

/** The daemons of this file, in the order in which they stop. */
export const nodeDaemons = ['kube-proxy', 'kubelet'] as const;

/** Makes this machine the cluster's one node: the kubelet runs pods on the Docker engine, kube-proxy serves ClusterIPs. */
export async function startNode(plane: ControlPlane, engine: string): Promise<void> {
  await startKubelet(plane, { name: nodeName, engine });
  await plane.launch({
    name: 'kube-proxy',
    command: join(kubernetesBinaries(), 'kube-proxy'),
    args: [
      ...['--kubeconfig', plane.kubeconfig, '--hostname-override', nodeName, '--proxy-mode', 'iptables'],
      ...['--cluster-cidr', plane.network.subnet, '--healthz-bind-address', `127.0.0.1:${await freePort()}`],
      ...['--metrics-bind-address', `127.0.0.1:${await freePort()}`],
      // The kernel's connection limits are the machine's business, and may be read-only.
      ...[
        '--conntrack-max-per-core=0',
        '--conntrack-tcp-timeout-established=0',
        '--conntrack-tcp-timeout-close-wait=0',
      ],
    ],
  });
}

/** Whether the node takes pods, and the default namespace has what a pod needs. */
export async function isNodeReady(kubeconfig: string, node = nodeName): Promise<boolean> {
  const read = (...args: string[]) => runCommand('kubectl', ['--kubeconfig', kubeconfig, 'get', ...args]);
  const ready = '{.status.conditions[?(@.type=="Ready")].status}';
  const account = await read('serviceaccount', 'default', '-o', 'jsonpath={.secrets[0].name}');
  return account !== '' && (await read('node', node, '-o', `jsonpath=${ready}`)) === 'True';
}

/** Takes away what the node leaves on the machine when its daemons have ended: containers, mounts, firewall rules. */
export async function removeNode(engine: string): Promise<void> {
  if (await engineAnswers(engine)) await removePods(engine);
  await unmountAllIn(kubeletFolder({ folder: stateFolder() }));
  await removeKubernetesRules();
}

/** Pods of another kubelet on the same engine have another pause image, and stay. */
async function removePods(engine: string): Promise<void> {
  const docker = (...args: string[]) => runCommand('docker', ['-H', engine, ...args]);
  const list = async (filter: string) =>
    (await docker('ps', '--all', '--quiet', '--no-trunc', '--filter', filter)).split('\n').filter(Boolean);
  const sandboxes = await list(`ancestor=${await pauseImage(engine)}`);
  const inside = await Promise.all(sandboxes.map((id) => list(`label=io.kubernetes.sandbox.id=${id}`)));
  const all = [...inside.flat(), ...sandboxes];
  if (all.length > 0) await docker('rm', '--force', '--volumes', ...all);
}
