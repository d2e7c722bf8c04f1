import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between svn and a server, counts what comes, and can stop in the middle: what a network does, not a server. */
export async function startStallingProxy(serverUrl: string) {
  const to = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let left = Infinity;
  let received = 0;
  let stalled = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    client.on('close', () => upstream.destroy()).pipe(upstream);
    upstream.on('close', () => client.destroy());
    upstream.on('data', (chunk) => {
      received += chunk.length;
      left -= chunk.length;
      if (left > 0) client.write(chunk);
      else upstream.pause();
      if (left <= 0) stalled += 1;
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: serverUrl.replace(`:${to.port}`, `:${port}`),
    received: () => received,
    isStalled: () => stalled > 0,
    /** Connections that stand still stay so. */
    letThrough(bytes: number) {
      left = bytes;
    },
    hangUp() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
