import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { Registry } from '../support/registry.ts';

/** Stands between engine and registry, and does something once when so much has gone through. */
export async function countingProxy(
  target: Registry,
  { afterBytes, run }: { afterBytes: number; run: () => Promise<void> },
) {
  let bytes = 0;
  let running: Promise<void> | undefined;
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.host.split(':')[1]), '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.on('close', () => upstream.destroy()).pipe(upstream);
    upstream.on('close', () => client.destroy()).pipe(client);
    client.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes >= afterBytes) running ??= run();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hasRun: () => running !== undefined,
    async [Symbol.asyncDispose]() {
      await running;
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
