import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { relayConnections } from './relay-connections.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type SocketProxy = AsyncDisposable & {
  /** unix://... */
  host: string;
  /** As if the server had gone: connections break, the socket is no longer there. */
  cut(): Promise<void>;
  restore(): Promise<void>;
};

/** Stands in front of a server on a Unix socket (`unix://...`): a shared Docker engine, which no test may stop. */
export async function startSocketProxy(target: string): Promise<SocketProxy> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'proxy.sock');
  const open = new Set<Socket>();
  const forward = (socket: Socket): void => {
    relayConnections(socket, connect(target.replace('unix://', '')), open);
  };
  const listen = () =>
    new Promise<Server>((resolve) => {
      const server = createServer({ allowHalfOpen: true }, forward);
      server.listen(path, () => resolve(server));
    });
  let server = await listen();
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
  return {
    host: `unix://${path}`,
    cut,
    async restore() {
      server = await listen();
    },
    async [Symbol.asyncDispose]() {
      await cut();
      await folder[Symbol.asyncDispose]();
    },
  };
}
