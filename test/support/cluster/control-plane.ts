import { join } from 'node:path';
import { canConnect } from '../can-connect.ts';
import { freePort } from '../free-port.ts';
import { runCommand } from '../run-command.ts';
import type { BridgeNetwork } from './bridge-network.ts';
import type { ClusterCertificates } from './certificates.ts';
import type { Launch } from './daemon.ts';
import { kubernetesBinaries } from './state-folder.ts';

/** The daemons of this file, in the order in which they stop. */
export const controlPlaneDaemons = [
  'kube-scheduler',
  'kube-controller-manager',
  'kube-apiserver',
  'etcd',
] as const;

export type ControlPlane = {
  certificates: ClusterCertificates;
  kubeconfig: string;
  network: BridgeNetwork;
  apiPort: number;
  /** Where all its daemons keep what they store. */
  folder: string;
  launch: Launch;
};

/**
 * Starts etcd, the API server, and the two controllers; returns when the API is ready. All on loopback, except the
 * API server: pods that use the API reach it at the bridge's gateway.
 */
export async function startControlPlane(plane: ControlPlane): Promise<void> {
  const etcd = await startEtcd(plane);
  await startApiServer(plane, etcd);
  await startControllerManager(plane);
  await startScheduler(plane);
}

async function startEtcd({ folder, launch }: ControlPlane): Promise<string> {
  const [clientPort, peerPort] = [await freePort(), await freePort()];
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  await launch({
    name: 'etcd',
    command: 'etcd',
    args: [
      ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...[
        '--listen-peer-urls',
        peer,
        '--initial-advertise-peer-urls',
        peer,
        '--initial-cluster',
        `default=${peer}`,
      ],
    ],
    isReady: () => canConnect(clientPort),
  });
  return client;
}

async function startApiServer(
  { certificates, kubeconfig, network, apiPort, launch }: ControlPlane,
  etcd: string,
): Promise<void> {
  const { authority, apiServer, admin, serviceAccountKey } = certificates;
  await launch({
    name: 'kube-apiserver',
    command: join(kubernetesBinaries(), 'kube-apiserver'),
    args: [
      ...['--etcd-servers', etcd, '--secure-port', String(apiPort)],
      ...['--bind-address', network.gateway, '--advertise-address', network.gateway],
      ...['--tls-cert-file', apiServer.certificate, '--tls-private-key-file', apiServer.key],
      ...['--client-ca-file', authority.certificate, '--authorization-mode', 'Node,RBAC'],
      ...['--kubelet-client-certificate', admin.certificate, '--kubelet-client-key', admin.key],
      // By its name, which no resolver knows, the API server would not reach the kubelet for a log.
      '--kubelet-preferred-address-types=InternalIP',
      ...[
        '--service-account-key-file',
        serviceAccountKey,
        '--service-account-signing-key-file',
        serviceAccountKey,
      ],
      ...['--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--service-cluster-ip-range', '10.96.0.0/16', '--allow-privileged=true'],
    ],
    isReady: async () => {
      const answer = await runCommand('kubectl', ['--kubeconfig', kubeconfig, 'get', '--raw', '/readyz']);
      return answer === 'ok';
    },
  });
}

/** Ports 0: the health pages of both controllers, which nobody reads, would take ports that are not asked for. */
async function startControllerManager({ certificates, kubeconfig, launch }: ControlPlane): Promise<void> {
  await launch({
    name: 'kube-controller-manager',
    command: join(kubernetesBinaries(), 'kube-controller-manager'),
    args: [
      ...['--kubeconfig', kubeconfig, '--leader-elect=false', '--port=0', '--secure-port=0'],
      ...['--service-account-private-key-file', certificates.serviceAccountKey],
      ...['--root-ca-file', certificates.authority.certificate],
    ],
  });
}

async function startScheduler({ kubeconfig, launch }: ControlPlane): Promise<void> {
  await launch({
    name: 'kube-scheduler',
    command: join(kubernetesBinaries(), 'kube-scheduler'),
    args: ['--kubeconfig', kubeconfig, '--leader-elect=false', '--port=0', '--secure-port=0'],
  });
}
