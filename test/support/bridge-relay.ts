import { connect, createServer, type Socket } from 'node:net';
import { bridgeNetwork } from './cluster/bridge-network.ts';
import { dockerEngine } from './docker.ts';
import { relayConnections } from './relay-connections.ts';

export type BridgeRelay = AsyncDisposable & {
  /** GATEWAY:PORT, which containers and pods of this machine reach, and nobody outside it. */
  address: string;
};

/** Leads containers to a server that listens on this machine's loopback (HOST:PORT) or on a Unix socket (unix://...). */
export async function startBridgeRelay(target: string): Promise<BridgeRelay> {
  const { gateway } = await bridgeNetwork((await dockerEngine()).host);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    relayConnections(socket, connect(beyondOf(target)), open);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, gateway, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the relay has no port');
  return {
    address: `${gateway}:${bound.port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function beyondOf(target: string): { path: string } | { host: string; port: number } {
  if (target.startsWith('unix://')) return { path: target.slice('unix://'.length) };
  const { hostname, port } = new URL(`tcp://${target}`);
  return { host: hostname, port: Number(port) };
}
