import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { RegistryConfig } from '../../src/config/server-config.ts';
import { createRegistryClient } from '../../src/images/registry-client.ts';
import { createRegistryHttp } from '../../src/images/registry-http.ts';
import { waitFor } from '../support/wait-for.ts';
import { registryConfig, unstopped } from './engine-under-test.ts';
import { httpServer, httpsServer } from './http-server.ts';

const imageType = 'application/vnd.docker.distribution.manifest.v2+json';
const account = { username: 'ci', password: 'p+/s:w=rd' };

async function clientOf(
  listener: RequestListener,
  more: Partial<RegistryConfig> & { username?: string; password?: string } = {},
) {
  const server = await httpServer(listener);
  const client = createRegistryClient(registryConfig(server.host, more));
  return {
    client,
    host: server.host,
    requests: server.requests,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  };
}

test.each([
  { answer: { token: 'tk' }, what: 'token' },
  { answer: { access_token: 'tk', expires_in: 300 }, what: 'access_token' },
])('a bearer challenge is answered at its realm, and the $what kept for its scope', async ({ answer }) => {
  await using server = await clientOf((request, response) => {
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    if (url.pathname === '/v2/') return void response.end();
    if (url.pathname === '/token') return void response.end(JSON.stringify(answer));
    if (request.headers.authorization === 'Bearer tk')
      return void response.setHeader('docker-content-digest', 'sha256:1').end();
    const realm = `Bearer realm="http://${request.headers.host}/token?a=1,2",service="s t",error="x"`;
    response.setHeader('www-authenticate', ['Basic realm="x"', realm]).writeHead(401).end();
  }, account);

  await server.client.digestOf('a/b', 'r1', unstopped);
  await server.client.digestOf('a/b', 'r2', unstopped);
  await server.client.digestOf('a/c', 'r1', unstopped);

  const tokens = server.requests.filter(({ url }) => url?.startsWith('/token'));
  const basic = `Basic ${btoa(`${account.username}:${account.password}`)}`;
  const queries = tokens.map(({ url }) => Object.fromEntries(new URL(url ?? '', 'http://x').searchParams));
  expect(queries).toEqual([
    { a: '1,2', service: 's t', scope: 'repository:a/b:pull' },
    { a: '1,2', service: 's t', scope: 'repository:a/c:pull' },
  ]);
  expect(tokens.map(({ headers }) => headers.authorization)).toEqual([basic, basic]);
  const basicElsewhere = server.requests.filter(
    ({ url, headers }) => headers.authorization === basic && !url?.startsWith('/token'),
  );
  expect(basicElsewhere).toEqual([]);
});

test('over https the CA of the registry counts, and its password goes to no token service without encryption', async () => {
  await using service = await httpServer((_request, response) => response.end('{"token":"tk"}'));
  await using registry = await httpsServer((request, response) => {
    if (request.url === '/v2/a/open/manifests/r1')
      return void response.setHeader('docker-content-digest', 'sha256:1').end();
    response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${service.host}/token"` }).end();
  });
  const trusting = createRegistryClient(registryConfig(registry.host, { ...account, ca: registry.ca }));
  const careless = createRegistryClient(registryConfig(registry.host, { insecure: true }));
  const strict = createRegistryClient(registryConfig(registry.host));

  expect(await trusting.digestOf('a/open', 'r1', unstopped)).toBe('sha256:1');
  expect(await careless.digestOf('a/open', 'r1', unstopped)).toBe('sha256:1');
  await expect(strict.digestOf('a/open', 'r1', unstopped)).rejects.toMatchObject({
    code: 'registry-unreachable',
  });
  await expect(trusting.digestOf('a/closed', 'r1', unstopped)).rejects.toMatchObject({
    code: 'registry-denied',
  });
  expect(service.requests).toEqual([]);
});

test('a redirect to another host is followed without credentials', async () => {
  await using store = await httpServer((_request, response) =>
    response.setHeader('docker-content-digest', 'sha256:1').end(),
  );
  const basic = `Basic ${btoa(`${account.username}:${account.password}`)}`;
  await using server = await clientOf((request, response) => {
    if (request.url === '/v2/') return void response.end();
    if (request.headers.authorization !== basic)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm=x' }).end();
    response.writeHead(307, { location: `http://${store.host}/blob` }).end();
  }, account);

  const digest = await server.client.digestOf('a/b', 'r1', unstopped);

  expect(digest).toBe('sha256:1');
  expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test('without a digest header the manifest is fetched and hashed', async () => {
  const body = Buffer.from('{"config":{"digest":"sha256:c"}}');
  await using server = await clientOf((request, response) => {
    response.writeHead(200, { 'content-type': imageType }).end(request.method === 'HEAD' ? undefined : body);
  });

  expect(await server.client.digestOf('a/b', 'r1', unstopped)).toBe(
    `sha256:${createHash('sha256').update(body).digest('hex')}`,
  );
});

test('bytes that are not those of the digest asked for are refused', async () => {
  await using server = await clientOf((_request, response) => response.end('{"other":true}'));

  await expect(server.client.manifest('a/b', `sha256:${'0'.repeat(64)}`, unstopped)).rejects.toMatchObject({
    code: 'registry-unreachable',
    message: expect.stringContaining('other bytes'),
  });
});

test('tags are read page by page, and a next page on another host is not', async () => {
  await using other = await httpServer((_request, response) => response.end('{"tags":["stolen"]}'));
  await using server = await clientOf((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (url.pathname === '/v2/') return void response.end();
    if (url.searchParams.get('last') === null) {
      response.setHeader('link', '</v2/a/b/tags/list?last=2&n=2>; rel="next"').end('{"tags":["1","2"]}');
    } else {
      response
        .setHeader('link', `<http://${other.host}/v2/a/b/tags/list?last=3>; rel="next"`)
        .end('{"tags":["3"]}');
    }
  });

  expect(await Array.fromAsync(server.client.tags('a/b', unstopped))).toEqual(['1', '2', '3']);
  expect(other.requests).toEqual([]);
});

test.each([
  { status: 503, code: 'registry-unreachable', isRetryable: true },
  { status: 429, code: 'registry-unreachable', isRetryable: true },
  { status: 403, code: 'registry-denied', isRetryable: false },
  { status: 400, code: 'registry-unreachable', isRetryable: false },
])('$status is a $code', async ({ status, code, isRetryable }) => {
  await using server = await clientOf((request, response) => {
    response.writeHead(request.url === '/v2/' ? 200 : status).end();
  });

  await expect(server.client.digestOf('a/b', 'r1', unstopped)).rejects.toMatchObject({ code, isRetryable });
});

test('an answer larger than any manifest is cut off', async () => {
  await using server = await clientOf((_request, response) => response.end(Buffer.alloc(5 * 1024 * 1024)));

  await expect(server.client.manifest('a/b', 'r1', unstopped)).rejects.toMatchObject({
    message: expect.stringContaining('larger than'),
  });
});

test('an abort ends a request that nobody answers', async () => {
  await using server = await clientOf((request, response) => {
    if (request.url === '/v2/') response.end();
  });
  const stop = new AbortController();

  const asked = server.client.digestOf('a/b', 'r1', stop.signal);
  setImmediate(() => stop.abort());

  await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
});

test('a registry that takes connections and says nothing is told as silent, and holds up nobody who leaves', async () => {
  await using server = await silentServer();
  const patient = createRegistryHttp(registryConfig(server.host));
  const hasty = createRegistryHttp(registryConfig(server.host), 100);
  const request = { method: 'GET', url: '/v2/' } as const;
  const stop = new AbortController();

  const left = patient(request, stop.signal);
  await waitFor(() => server.connections() > 0, { what: 'the question' });
  stop.abort();

  await expect(left).rejects.toMatchObject({ name: 'AbortError' });
  await expect(hasty(request, unstopped)).rejects.toMatchObject({
    message: `the registry ${server.host} did not answer within 0.1 s`,
  });
});

test('a host that is neither loopback nor declared insecure is never asked in plain text', async () => {
  const client = createRegistryClient(registryConfig('registry.invalid'));

  await expect(client.digestOf('a/b', 'r1', unstopped)).rejects.toMatchObject({
    message: 'the registry registry.invalid could not be reached: its name is unknown (ENOTFOUND)',
  });
});

/** Takes every connection, and never says a word. */
async function silentServer() {
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket.on('error', () => {}).resume());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}
