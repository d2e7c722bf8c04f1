import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pauseImage } from '../base-image.ts';
import { freePort } from '../free-port.ts';
import { runCommand } from '../run-command.ts';
import type { ControlPlane } from './control-plane.ts';
import { startDaemon } from './daemon.ts';
import { engineAnswers } from './engine.ts';
import { removeKubernetesRules } from './firewall.ts';
import { unmountAllIn } from './mounts.ts';
import { kubernetesBinaries, stateFolder } from './state-folder.ts';

const nodeName = 'node1';

/** The daemons of this file, in the order in which they stop. */
export const nodeDaemons = ['kube-proxy', 'kubelet'] as const;

/** Makes this machine the cluster's one node: the kubelet runs pods on the Docker engine, kube-proxy serves ClusterIPs. */
export async function startNode(plane: ControlPlane, engine: string): Promise<void> {
  const { network } = plane;
  const config = join(stateFolder(), 'kubelet.json');
  await writeFile(config, JSON.stringify(await kubeletConfiguration(plane, engine)));
  await startDaemon({
    name: 'kubelet',
    command: join(kubernetesBinaries(), 'kubelet'),
    args: [
      ...['--kubeconfig', plane.kubeconfig, '--config', config, '--root-dir', kubeletFolder()],
      ...[
        '--hostname-override',
        nodeName,
        '--node-ip',
        network.gateway,
        '--cert-dir',
        join(stateFolder(), 'kubelet-pki'),
      ],
      ...['--container-runtime', 'docker', '--docker-endpoint', engine, '--network-plugin='],
      ...['--pod-infra-container-image', await pauseImage(engine)],
    ],
  });
  await startDaemon({
    name: 'kube-proxy',
    command: join(kubernetesBinaries(), 'kube-proxy'),
    args: [
      ...['--kubeconfig', plane.kubeconfig, '--hostname-override', nodeName, '--proxy-mode', 'iptables'],
      ...['--cluster-cidr', network.subnet, '--healthz-bind-address', `127.0.0.1:${await freePort()}`],
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
export async function isNodeReady(kubeconfig: string): Promise<boolean> {
  const read = (...args: string[]) => runCommand('kubectl', ['--kubeconfig', kubeconfig, 'get', ...args]);
  const ready = '{.status.conditions[?(@.type=="Ready")].status}';
  const account = await read('serviceaccount', 'default', '-o', 'jsonpath={.secrets[0].name}');
  return account !== '' && (await read('node', nodeName, '-o', `jsonpath=${ready}`)) === 'True';
}

/** Takes away what the node leaves on the machine when its daemons have ended: containers, mounts, firewall rules. */
export async function removeNode(engine: string): Promise<void> {
  if (await engineAnswers(engine)) await removePods(engine);
  await unmountAllIn(kubeletFolder());
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

function kubeletFolder(): string {
  return join(stateFolder(), 'kubelet');
}

async function kubeletConfiguration({ certificates, network }: ControlPlane, engine: string) {
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
