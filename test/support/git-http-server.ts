import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Certificate } from './certificate.ts';
import { testEnvironment } from './git-repository.ts';

export type GitHttpServer = AsyncDisposable & {
  /** http(s)://127.0.0.1:PORT, without a slash at its end. */
  url: string;
  username: string;
  /** What came in: method, path, the login that was shown. */
  requests: { path: string; authorization: string | undefined }[];
  /** What every answer waits for. */
  until: Promise<unknown>;
};

/**
 * The repositories of a folder through the real git-http-backend, to one account only when a password is given; over https
 * when a certificate is.
 */
export async function startGitHttpServer(
  root: string,
  password?: string,
  certificate?: Certificate,
): Promise<GitHttpServer> {
  const username = 'ci';
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const requests: GitHttpServer['requests'] = [];
  const state = { until: Promise.resolve() as Promise<unknown> };
  const listener: RequestListener = async (request, response) => {
    const { authorization } = request.headers;
    requests.push({ path: request.url ?? '', authorization });
    await state.until;
    if (password === undefined || authorization === expected) return answer(root, request, response);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?');
  };
  const server =
    certificate === undefined
      ? createServer(listener)
      : createSecureServer(
          { key: await readFile(certificate.key), cert: await readFile(certificate.certificate) },
          listener,
        );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has no port');
  return Object.assign(state, {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`,
    username,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** One request, one process: its variables in, its headers and its body out. */
function answer(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...testEnvironment,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: request.headers['git-protocol']?.toString(),
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      REMOTE_USER: 'ci',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  backend.stdin.on('error', () => undefined);
  request.pipe(backend.stdin);
  let head = Buffer.alloc(0);
  backend.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const fields = head
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map((line) => line.split(': '));
    const headers = Object.fromEntries(fields.filter(([name]) => name !== 'Status'));
    const status = fields.find(([name]) => name === 'Status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), headers);
    response.write(head.subarray(end + 4));
  });
  backend.on('close', () => response.end());
}
