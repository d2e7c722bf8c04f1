import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Kubernetes } from '../../support/kubernetes.ts';
import { relayConnections } from '../../support/relay-connections.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A way to the real API server that counts connections and can be cut. */
export async function startClusterProxy(cluster: Kubernetes) {
  await using resources = new AsyncDisposableStack();
  const config = JSON.parse(await cluster.kubectl('config', 'view', '--raw', '--minify', '-o', 'json'));
  const server = new URL(config.clusters[0].cluster.server);
  const sockets = new Set<Socket>();
  let connections = 0;
  let isCut = false;
  const proxy = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    connections++;
    const far = connect(Number(server.port || 443), server.hostname);
    relayConnections(near, far, sockets);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  resources.defer(() => {
    cut();
    proxy.close();
  });
  const folder = resources.use(await temporaryFolder());
  const kubeconfig = join(folder.path, 'kubeconfig');
  const { port } = proxy.address() as AddressInfo;
  // Its certificate need not be for the loopback address.
  config.clusters[0].cluster = { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  await writeFile(kubeconfig, JSON.stringify(config));
  const owned = resources.move();
  return {
    kubeconfig,
    connections: () => connections,
    cut,
    mend: () => {
      isCut = false;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
