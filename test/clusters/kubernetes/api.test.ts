import { expect, test } from 'vitest';
import { verbAndResource } from '../../../src/clusters/kubernetes/api.ts';
import { answerJson, startApiServer } from './api-server.ts';

const never = new AbortController().signal;
const path = '/api/v1/namespaces/shop/pods';

test('a call is repeated after 429, 503 and a broken connection, and waits as long as the server says', async () => {
  let count = 0;
  await using server = await startApiServer((request, answer) => {
    count++;
    if (count === 1) answerJson(answer.setHeader('retry-after', '1'), 429, {});
    else if (count === 2) answerJson(answer, 503, { reason: 'ServiceUnavailable' });
    else if (count === 3) request.socket.destroy();
    else answerJson(answer, 200, { kind: 'PodList' });
  });
  const started = performance.now();

  const answer = await server.api.call({ path }, never);

  expect(answer).toEqual({ kind: 'PodList' });
  expect(count).toBe(4);
  expect(performance.now() - started).toBeGreaterThan(1_000);
});

test('an answer that was cut short on its way, and says so nowhere, is asked for again', async () => {
  const beginnings = ['', '{"kind":"Pod'];
  await using server = await startApiServer((_, answer) => {
    answer.end(beginnings.shift() ?? '{"kind":"PodList"}');
  });

  expect(await server.api.call({ path }, never)).toEqual({ kind: 'PodList' });
});

test('a server that stays away is a fault that names the verb and the resource', async () => {
  await using server = await startApiServer((request) => request.socket.destroy(), {
    attemptMs: 200,
    totalMs: 500,
  });

  await expect(server.api.call({ path }, never)).rejects.toMatchObject({
    code: 'cluster-unreachable',
    message: expect.stringContaining('list pods on 127.0.0.1'),
  });
});

test('what a proxy before the server says in its place is no answer, what the server says of an object is one', async () => {
  await using server = await startApiServer(
    (request, answer) => {
      if (request.method === 'GET') answer.writeHead(500).end('<h1>Internal Server Error</h1>');
      else answerJson(answer, 500, { kind: 'Status', message: 'failed to create typed patch object' });
    },
    { attemptMs: 200, totalMs: 300 },
  );

  await expect(server.api.call({ path }, never)).rejects.toMatchObject({ code: 'cluster-unreachable' });
  await expect(server.api.call({ path, method: 'PATCH', body: {} }, never)).rejects.toMatchObject({
    status: 500,
    message: 'failed to create typed patch object',
  });
});

test('a server that accepts and never answers is given up after its time', async () => {
  await using server = await startApiServer(() => undefined, { attemptMs: 100, totalMs: 200 });

  await expect(server.api.call({ path }, never)).rejects.toMatchObject({ code: 'cluster-unreachable' });
});

test('a wrong token is our fault and not tried again; a refusal comes back as it is', async () => {
  await using server = await startApiServer((request, answer) => {
    answerJson(answer, request.url === path ? 401 : 403, { message: 'no', reason: 'Forbidden' });
  });

  await expect(server.api.call({ path }, never)).rejects.toMatchObject({
    code: 'cluster-denied',
    isRetryable: false,
    hint: expect.stringContaining('"list" on "pods"'),
  });
  await expect(server.api.call({ path: `${path}/a` }, never)).rejects.toMatchObject({ status: 403 });
  expect(server.requests).toHaveLength(2);
});

test('an aborted call rejects at once, with the reason of the signal', async () => {
  await using server = await startApiServer(() => undefined);
  const controller = new AbortController();
  const call = server.api.call({ path }, controller.signal);
  const started = performance.now();

  controller.abort({ kind: 'shutdown' });

  await expect(call).rejects.toEqual({ kind: 'shutdown' });
  expect(performance.now() - started).toBeLessThan(5_000);
});

test.for([
  ['GET', '/apis/apps/v1/namespaces/shop/deployments/cart', 'get', 'deployments'],
  ['GET', '/api/v1/namespaces/shop/pods', 'list', 'pods'],
  ['GET', '/api/v1/namespaces/shop', 'get', 'namespaces'],
  ['GET', '/api/v1/namespaces/shop/pods/a/log', 'get', 'pods/log'],
  ['PATCH', '/api/v1/namespaces/shop/services/a', 'patch', 'services'],
  ['DELETE', '/api/v1/namespaces/shop/pods/a', 'delete', 'pods'],
] as const)('%s %s is the right to %s %s', ([method, callPath, verb, resource]) => {
  expect(verbAndResource({ method, path: callPath })).toEqual({ verb, resource });
});
