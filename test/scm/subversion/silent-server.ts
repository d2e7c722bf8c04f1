import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';

export type SilentServer = AsyncDisposable & {
  /** svn://127.0.0.1:PORT/shop: accepts every connection and never says a word. */
  root: string;
  port: number;
};

/** A server that has stalled: what svn does then cannot be seen with a server that works. */
export async function startSilentServer(): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has no port');
  const { port } = address;
  return {
    root: `svn://127.0.0.1:${port}/shop`,
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type RunningProcess = { pid: number; commandLine: string; environment: string };

/** The processes of this machine whose command line holds a text. */
export async function processesWith(text: string): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const processes = await Promise.all(pids.map(describeProcess));
  return processes
    .filter((found) => found?.commandLine.includes(text))
    .filter((found) => found !== undefined);
}

async function describeProcess(pid: number): Promise<RunningProcess | undefined> {
  try {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return { pid, commandLine, environment: await readFile(`/proc/${pid}/environ`, 'utf8') };
  } catch {
    return undefined;
  }
}
