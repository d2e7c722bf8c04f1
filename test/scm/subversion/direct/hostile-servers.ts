import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** Sends a text, then another one for as long as anybody listens: hostile, as no real server is. */
export async function startBabblingServer(begin: string, goOn: string) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const more = () => {
      while (!socket.destroyed && socket.write(goOn));
    };
    socket.on('error', () => {}).on('drain', more);
    socket.write(begin);
    more();
  });
  const address = await listen(server);
  return {
    root: `svn://${address}/shop`,
    /** In bytes, to all together. */
    sent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers each request in the same way, which real servers are seldom configured for, and keeps the logins it was sent. */
export async function startWebServer(status: number, headers: Record<string, string>) {
  const logins: (string | undefined)[] = [];
  const server = createHttpServer((request, response) => {
    logins.push(request.headers.authorization);
    response.writeHead(status, headers).end();
  });
  const address = await listen(server);
  return {
    root: `http://${address}/svn/shop`,
    logins,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
