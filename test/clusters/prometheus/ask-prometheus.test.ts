import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { askPrometheus } from '../../../src/clusters/prometheus/ask-prometheus.ts';
import { type Gate, judgeGate, judgeTraffic, resolvedQuery } from '../../../src/domain/gate.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { freePort } from '../../support/free-port.ts';
import { startPrometheus } from '../../support/prometheus.ts';

const never = new AbortController().signal;
const gate: Gate = {
  ...{ name: 'errors', query: '', min: null, max: 0.1, failures: 1 },
  ...{ everyMs: 1_000, delayMs: 0, patienceMs: 0 },
};
const open = (url: string) => ({ url, credentials: null, token: null, ca: null });

test('a gate passes, fails, has no data, or cannot be asked, and each is told apart', async () => {
  await using prometheus = await startPrometheus();
  const verdict = async (query: string, url = prometheus.url) =>
    judgeGate(gate, await askPrometheus(open(url), { query }, never));

  const pass = await verdict('vector(0.05)');
  const fail = await verdict('vector(0.5) or label_replace(vector(0.01), "pod", "b", "", "")');
  const scalar = await verdict('scalar(vector(0.2))');
  const unknown = await verdict('sum(rate(nobody_counts_this[1m]))');
  const noNumber = await verdict('vector(0) / vector(0)');
  const broken = await verdict('sum(');
  const away = await verdict('vector(0)', `http://127.0.0.1:${await freePort()}`);

  expect(pass).toEqual({ state: 'pass', text: 'gate errors: pass: 0.05 (wanted: at most 0.1)' });
  expect(fail).toEqual({ state: 'fail', text: 'gate errors: fail: 0.5 (wanted: at most 0.1)' });
  expect(scalar).toMatchObject({ state: 'fail' });
  expect(unknown).toEqual({ state: 'no-data', text: 'gate errors: no data (wanted: at most 0.1)' });
  expect(noNumber).toMatchObject({ state: 'no-data' });
  expect(broken).toEqual({
    state: 'error',
    text: expect.stringMatching(/^gate errors: error: Prometheus refuses the query: .*parse error/),
  });
  expect(away).toEqual({
    state: 'error',
    text: expect.stringMatching(/^gate errors: error: cannot ask Prometheus at 127\.0\.0\.1:\d+: /),
  });
});

test('a gate with too little traffic judges nothing, and says how much there was', async () => {
  await using prometheus = await startPrometheus();
  const busy: Gate = { ...gate, traffic: { query: '', min: 100 } };
  const traffic = async (query: string) =>
    judgeTraffic(busy, await askPrometheus(open(prometheus.url), { query }, never));

  expect(await traffic('vector(60) or label_replace(vector(40), "pod", "b", "", "")')).toBeUndefined();
  expect(await traffic('vector(99)')).toEqual({
    state: 'no-data',
    text: 'gate errors: too little traffic to judge by: 99 (wanted: at least 100)',
  });
  expect(await traffic('sum(nobody_counts_this)')).toMatchObject({
    state: 'no-data',
    text: expect.stringContaining('judge by: none'),
  });
  expect(await traffic('sum(')).toMatchObject({ state: 'error' });
  expect(judgeTraffic(gate, { kind: 'no-data' })).toBeUndefined();
});

test.for([
  { what: 'a token', token: new Secret('t'), credentials: null, sent: 'Bearer t' },
  {
    what: 'credentials',
    token: null,
    credentials: { name: 'p', username: 'ci', password: new Secret('pw') },
    sent: `Basic ${Buffer.from('ci:pw').toString('base64')}`,
  },
])('it is asked with $what, below the path of its address', async ({ token, credentials, sent }) => {
  const seen: unknown[] = [];
  await using server = createServer((request, answer) => {
    seen.push(request.url, request.headers.authorization);
    answer.writeHead(401).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/prometheus/`;

  const answer = await askPrometheus({ url, token, credentials, ca: null }, { query: 'up' }, never);

  expect(seen).toEqual(['/prometheus/api/v1/query', sent]);
  expect(answer).toMatchObject({ kind: 'error', message: expect.stringContaining('check its credentials') });
});

test('the new pods and their namespace are put into the query', () => {
  const query = 'sum(errors{namespace="$namespace",pod=~"$pods"})';

  const resolved = resolvedQuery({ ...gate, query }, { namespace: 'shop', pods: ['cart-1', 'cart.v2-3'] });

  expect(resolved).toBe(String.raw`sum(errors{namespace="shop",pod=~"cart-1|cart\\.v2-3"})`);
});

test('where there is no new pod, a query for pods is not asked: an empty pattern matches what has no pod', () => {
  const resolve = (query: string) => resolvedQuery({ ...gate, query }, { namespace: 'shop', pods: [] });

  expect(resolve('sum(errors{pod=~"$pods"})')).toBeNull();
  expect(resolve('sum(errors{namespace="$namespace"})')).toBe('sum(errors{namespace="shop"})');
});

test('very many values are judged, and an answer that is too long is an error', async () => {
  const values = Array.from({ length: 200_000 }, (_, index) => index / 4_000_000);
  await using server = createServer((_request, answer) => answer.end('x'.repeat(9 * 1024 * 1024)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  const verdict = judgeGate(gate, { kind: 'values', values });
  const answer = await askPrometheus(open(`http://127.0.0.1:${port}`), { query: 'up' }, never);

  expect(verdict).toEqual({ state: 'pass', text: 'gate errors: pass: 0 to 0.05 (wanted: at most 0.1)' });
  expect(answer).toMatchObject({ kind: 'error', message: expect.stringContaining('longer than 8.4 MB') });
});

test('a query is asked of the moment that is meant', async () => {
  await using prometheus = await startPrometheus();
  const at = new Date('2026-01-02T03:04:05Z');

  const then = await askPrometheus(open(prometheus.url), { query: 'time()', at }, never);

  expect(then).toEqual({ kind: 'values', values: [at.getTime() / 1000] });
});
