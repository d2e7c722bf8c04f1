import { mkdir, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { Fault } from '../domain/fault.ts';

/**
 * Makes this process the only server on `dataDir` (made when missing) until it disposes the lock or dies, however
 * it dies: the lock is a socket in Linux's abstract namespace, named by the folder's identity. It does not reach
 * over to another container; there the embedded database has a file lock of its own.
 *
 * @throws Fault naming the process that holds it
 */
export async function lockDataDir(dataDir: string): Promise<AsyncDisposable> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  const { dev, ino } = await stat(dataDir);
  const name = `\0trunkline-data-dir-${dev}-${ino}`;
  const server = createServer((socket) => socket.on('error', () => {}).end(String(process.pid)));
  if (!(await listens(server, name))) {
    throw new Fault(
      'internal',
      `Another Trunkline server (process ${await holderOf(name)}) uses ${dataDir}`,
      {
        hint: 'Stop it first, set another DATA_DIR, or start `trunkline worker` to add a worker to it.',
        isRetryable: false,
      },
    );
  }
  server.unref();
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listens(server: Server, name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(name, () => resolve(true));
  });
}

async function holderOf(name: string): Promise<string> {
  const socket = connect(name).setTimeout(1_000, () => socket.destroy());
  return text(socket).catch(() => 'unknown');
}
