import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { waitFor } from '../support/wait-for.ts';
import { startHttp, storeRun } from './start-http.ts';

test('every kind of wrong request is answered with problem details that say what to do', async () => {
  await using http = await startHttp();
  const headers = await http.as('admin');
  const json = { ...headers, 'content-type': 'application/json' };
  const requests = [
    { method: 'GET', url: '/nothing', headers },
    { method: 'GET', url: '/api/v1/runs/none', headers },
    { method: 'GET', url: '/api/v1/runs/%zz', headers },
    { method: 'PUT', url: '/api/v1/runs', headers: json, payload: '{' },
    { method: 'POST', url: '/api/v1/tokens', headers: json, payload: '{"name"' },
    { method: 'POST', url: '/api/v1/tokens', headers: json, payload: 'x'.repeat(70_000) },
    {
      method: 'POST',
      url: '/api/v1/tokens',
      headers: { ...headers, 'content-type': 'text/xml' },
      payload: '<a/>',
    },
    { method: 'GET', url: '/api/v1/runs?status=happy&colour=red', headers },
    { method: 'GET', url: '/api/v1/runs?cursor=bm90aGluZw', headers },
    { method: 'GET', url: '/api/v1/runs/cart%00', headers },
    { method: 'POST', url: '/api/v1/tokens', headers: json, payload: '{"name":"a\\u0000","scopes":["run"]}' },
    { method: 'POST', url: '/api/v1/tokens', headers: json, payload: '{"name":"a\\ud800","scopes":["run"]}' },
  ] as const;

  const answers = [];
  for (const request of requests) answers.push(await http.app.inject(request));

  expect(answers.map((answer) => [answer.statusCode, answer.json().code])).toEqual([
    [404, 'path-not-found'],
    [404, 'run-not-found'],
    [400, 'malformed-path'],
    [405, 'method-not-allowed'],
    [400, 'malformed-body'],
    [413, 'body-too-large'],
    [415, 'media-type-not-supported'],
    [400, 'invalid-request'],
    [400, 'invalid-request'],
    [400, 'invalid-request'],
    [400, 'invalid-request'],
    [400, 'invalid-request'],
  ]);
  for (const answer of answers) {
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({
      type: expect.stringMatching(/^urn:trunkline:problem:/),
      status: answer.statusCode,
      detail: expect.any(String),
      hint: expect.any(String),
      requestId: answer.headers['x-request-id'] ?? expect.any(String),
    });
  }
  expect(answers[3]?.headers.allow).toBe('GET, HEAD');
});

test('a wrong request names each wrong field', async () => {
  await using http = await startHttp();
  const headers = await http.as('admin');

  const body = await http.app.inject({
    method: 'POST',
    url: '/api/v1/tokens',
    headers,
    payload: { name: '', scopes: ['fly'] },
  });
  const query = await http.app.inject({ url: '/api/v1/runs?limit=9000', headers });

  expect(body.json().errors.map(({ field }: { field: string }) => field)).toEqual([
    'body.name',
    'body.scopes.0',
  ]);
  expect(query.json().errors).toMatchObject([{ field: 'query.limit' }]);
});

test('an unexpected error shows a request id and no cause, and the log has the cause', async () => {
  await using http = await startHttp({
    explainEvent: async () => {
      throw new TypeError('secret inner workings');
    },
  });

  const answer = await http.app.inject({ url: '/api/v1/events/1', headers: await http.as('read') });

  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('inner workings');
  const line = http.logged.find((entry) => entry.includes('inner workings'));
  expect(line).toContain(answer.json().requestId);
});

test('a fault says what could not be reached and what to do, to those who may know', async () => {
  const fault = new Fault('scm-unreachable', 'Cannot reach svn://svn.example.com/shop', {
    hint: 'Check that the server runs.',
    cause: new Error('ECONNREFUSED 10.0.0.7'),
  });
  const fail = async () => {
    throw fault;
  };
  await using http = await startHttp({ requestRun: fail, acceptHook: fail });

  const person = await http.app.inject({
    method: 'POST',
    url: '/api/v1/pipelines/cart/runs',
    headers: await http.as('run'),
  });
  const hook = await http.app.inject({
    method: 'POST',
    url: '/hooks/svn',
    payload: { uuid: 'x', revision: 1 },
  });

  expect(person.statusCode).toBe(503);
  expect(person.json()).toMatchObject({
    code: 'scm-unreachable',
    detail: 'Cannot reach svn://svn.example.com/shop',
    hint: 'Check that the server runs.',
  });
  expect(hook.statusCode).toBe(503);
  expect(hook.body).not.toContain('svn.example.com');
  expect(person.body + hook.body).not.toContain('10.0.0.7');
});

test('a sender that leaves in the middle of its body is no fault of the server', async () => {
  await using http = await startHttp();
  const url = new URL(await http.app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(url.port), url.hostname);
  const head = [
    'POST /hooks/svn HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    'Content-Length: 100',
  ];

  socket.write(`${head.join('\r\n')}\r\n\r\n{"uuid":`, () => socket.destroy());
  await waitFor(() => http.logged.some((line) => line.includes('left in the middle')), {
    what: 'that it is noticed',
  });

  expect(http.logged.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
});

test('answers forbid caching, sniffing, framing and reading by other sites', async () => {
  await using http = await startHttp();

  const { headers } = await http.app.inject({
    url: '/healthz',
    headers: { origin: 'https://evil.example.com' },
  });

  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
  });
  expect(headers).not.toHaveProperty('access-control-allow-origin');
});

test('a call that needs no body may say that it has JSON and send none; one that needs a body is told what is missing', async () => {
  await using http = await startHttp();
  const { id } = await storeRun(http.db);
  const headers = { ...(await http.as('admin')), 'content-type': 'application/json' };
  const post = (url: string, payload?: string) =>
    http.app.inject({ method: 'POST', url, headers, ...(payload !== undefined && { payload }) });

  const cancelled = await post(`/api/v1/runs/${id}/cancel`);
  const token = await post('/api/v1/tokens', '');
  const poisoned = await post('/api/v1/tokens', '{"__proto__":{"a":1},"name":"x","scopes":["run"]}');

  expect(cancelled.statusCode).toBe(202);
  expect([token.statusCode, token.json().code]).toEqual([400, 'invalid-request']);
  expect([poisoned.statusCode, poisoned.json().code]).toEqual([400, 'malformed-body']);
});
