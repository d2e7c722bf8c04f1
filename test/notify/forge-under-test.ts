import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

interface Received {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, string>;
}

type Answer = { code: number; body?: string; headers?: Record<string, string> };

/** Answers as the documentation of the Git servers says they do; none of them can be run here. */
export async function startForge(answers: Answer[] = []) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    received.push({ method, path, headers, body: JSON.parse((await text(request)) || '{}') });
    const { code, body = '{}', headers: more = {} } = answers.shift() ?? { code: 201 };
    response.writeHead(code, more).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has no port');
  return {
    api: `http://127.0.0.1:${address.port}/api`,
    answers,
    received,
    states: () => received.map(({ body }) => body.state),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
