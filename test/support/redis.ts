import { connect } from 'node:net';
import { freePort } from './free-port.ts';
import { startServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type Redis = AsyncDisposable & {
  /** redis://127.0.0.1:PORT, no password. */
  url: string;
  readonly pid: number;
  /** Ends the server; what it held is written down first. */
  stop(): Promise<void>;
  /** Starts it again on the same port, with what it held. */
  start(): Promise<void>;
};

/** A Redis server of its own, on loopback; nothing else uses it. */
export async function startRedis({ maxmemoryPolicy = 'noeviction' } = {}): Promise<Redis> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const launch = () =>
    startServerProcess({
      name: 'redis-server',
      command: 'redis-server',
      args: [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path],
        ...['--appendonly', 'yes', '--save', '', '--maxmemory-policy', maxmemoryPolicy],
      ],
      isReady: () => answersPing(port),
    });
  let server = await launch();
  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    async start() {
      server = await launch();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A server that still loads its data accepts connections, but answers LOADING: only PONG means ready. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    const answer = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(1000, () => answer(false));
    socket.once('data', (data) => answer(data.toString() === '+PONG\r\n'));
    socket.once('error', () => answer(false));
  });
}
