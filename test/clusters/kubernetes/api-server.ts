import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Api, type ApiPatience, createApi } from '../../../src/clusters/kubernetes/api.ts';

export type Answer = (request: IncomingMessage, answer: ServerResponse) => void;

/** An API server that answers as a test says: for faults that a real one shows only when it breaks. */
export async function startApiServer(answer: Answer, patience?: ApiPatience) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const access = {
    server: new URL(`http://127.0.0.1:${port}`),
    credentials: async () => ({ headers: { authorization: 'Bearer x' } }),
    generation: 0,
    renew: async () => false,
    close: () => undefined,
  };
  const api: Api = createApi(access, patience);
  return {
    api,
    url: access.server.href,
    requests,
    connections: () =>
      new Promise<number>((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answerJson(answer: ServerResponse, status: number, body: object): void {
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
