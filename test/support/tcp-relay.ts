import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

export type TcpRelay = AsyncDisposable & {
  /** The target's address, by way of the relay. */
  url: string;
  /** As if the network between the two had been cut: nothing comes through any more, and nobody is told. */
  cut(): void;
  /** The network is back: what was connected before is reset, new connections come through. */
  restore(): void;
};

/** Stands between a client and a server at the host and port of a URL. */
export async function startTcpRelay(target: string): Promise<TcpRelay> {
  const { hostname, port: targetPort } = new URL(target);
  const port = await freePort();
  const open = new Set<Socket>();
  let isCut = false;
  const server = await listen(port, (near) => {
    open.add(near.on('close', () => open.delete(near)).on('error', () => undefined));
    if (isCut) near.pause();
    else join(near, connect(Number(targetPort), hostname), open);
  });
  const resetAll = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    url: Object.assign(new URL(target), { host: `127.0.0.1:${port}` }).href,
    cut() {
      isCut = true;
      for (const socket of open) socket.unpipe().pause();
    },
    restore() {
      isCut = false;
      resetAll();
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      resetAll();
      await closed;
    },
  };
}

function join(near: Socket, far: Socket, open: Set<Socket>): void {
  open.add(far.on('close', () => open.delete(far)));
  for (const [end, other] of [
    [near, far],
    [far, near],
  ] as const) {
    end.on('error', () => other.destroy()).on('close', () => other.destroy());
    end.pipe(other);
  }
}

function listen(port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, onConnection).once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
