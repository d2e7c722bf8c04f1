import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { askScraped } from '../../../src/clusters/prometheus/ask-scraped.ts';
import { isTargetOf } from '../../../src/clusters/prometheus/pod-target.ts';
import { freePort } from '../../support/free-port.ts';
import { startPrometheus } from '../../support/prometheus.ts';
import { waitFor } from '../../support/wait-for.ts';

const never = new AbortController().signal;
const open = (url: string) => ({ url, credentials: null, token: null, ca: null });

test('of each pod it is told whether Prometheus scrapes it, and what it gets instead', async () => {
  await using server = createServer((_, answer) => answer.end('a_metric 1\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const nobody = await freePort();
  await using prometheus = await startPrometheus(async () => [
    { pod: 'cart-a', address: `127.0.0.1:${port}` },
    { pod: 'cart-b', address: `127.0.0.1:${nobody}` },
  ]);
  const pods = ['cart-a', 'cart-b', 'cart-c'].map((name) => ({ name, address: '127.0.0.1' }));
  const ask = () => askScraped(open(prometheus.url), { namespace: 'shop', pods }, never);

  const found = await waitFor(
    async () => {
      const scrapes = await ask();
      return scrapes?.[0]?.state === 'up' && scrapes[1]?.state === 'down' ? scrapes : undefined;
    },
    { what: 'Prometheus to try both targets', deadlineMs: 60_000 },
  );

  expect(found).toEqual([
    { pod: 'cart-a', state: 'up' },
    { pod: 'cart-b', state: 'down', error: expect.stringContaining('connection refused') },
    { pod: 'cart-c', state: 'absent' },
  ]);
});

test('what answers queries and has no targets leaves it open why a pod has no metrics', async () => {
  await using server = createServer(({ url }, answer) => {
    if (url?.includes('targets')) answer.writeHead(404).end();
    else answer.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const pods = [{ name: 'cart-a', address: '10.1.0.7' }];

  const ask = (url: string) => askScraped(open(url), { namespace: 'shop', pods }, never);

  expect(await ask(`http://127.0.0.1:${port}`)).toEqual([{ pod: 'cart-a', state: 'unknown' }]);
  expect(await ask(`http://127.0.0.1:${await freePort()}`)).toBeNull();
});

test.for([
  ['its name and namespace', { pod: 'cart-a', namespace: 'shop', instance: '9.9.9.9:1' }, true],
  ['its name, in another namespace', { pod: 'cart-a', namespace: 'other', instance: '10.1.0.7:80' }, false],
  ['the name of another pod with its address', { pod: 'cart-b', instance: '10.1.0.7:80' }, false],
  ['its address alone', { instance: '10.1.0.7:8080' }, true],
  ['an address that begins as its own', { instance: '10.1.0.70:8080' }, false],
  [
    'what discovery says',
    { __meta_kubernetes_pod_name: 'cart-a', __meta_kubernetes_namespace: 'shop' },
    true,
  ],
] as const)('a target with %s', ([, labels, isIts]) => {
  const pod = { name: 'cart-a', address: '10.1.0.7', namespace: 'shop' };

  expect(isTargetOf({ ...labels }, pod)).toBe(isIts);
});
