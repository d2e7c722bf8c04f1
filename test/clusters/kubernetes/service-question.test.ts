import { expect, test } from 'vitest';
import { createKubernetesServices } from '../../../src/clusters/kubernetes/service-question.ts';
import { judgeCheck, type ServiceCheck } from '../../../src/domain/service-check.ts';
import { answerJson, startApiServer } from './api-server.ts';

// What a real Service answers is in test/steps/deploy-checks.cluster.test.ts; these answers need a Service that is ill.

const never = new AbortController().signal;
const ports = [
  { name: 'http', port: 80 },
  { name: 'db', port: 5432 },
];

async function ask(changes: Partial<ServiceCheck>, [status, body]: [number, object | string] = [200, 'up']) {
  await using server = await startApiServer(({ url = '' }, answer) => {
    if (!url.includes('/proxy')) return answerJson(answer, 200, { items: [{ spec: { ports } }] });
    return typeof body === 'string'
      ? answer.writeHead(status).end(body)
      : answerJson(answer, status, { kind: 'Status', apiVersion: 'v1', ...body });
  });
  const check: ServiceCheck = {
    ...{ service: 'cart', port: 80, scheme: 'http', path: '/', status: null, withinMs: 0 },
    ...changes,
  };
  const services = createKubernetesServices(async () => server, 'shop');
  return { ...judgeCheck(check, await services.ask(check, never)), requests: server.requests };
}

test('a Service is asked by the number of its port, with scheme, path and query', async () => {
  const { requests, hasPassed } = await ask({ port: 'http', scheme: 'https', path: '/health?deep=1' });

  expect(requests.at(-1)).toBe('GET /api/v1/namespaces/shop/services/https:cart:80/proxy/health?deep=1');
  expect(hasPassed).toBe(true);
});

test.for<[Partial<ServiceCheck>, number, boolean]>([
  [{}, 302, true],
  [{}, 500, false],
  [{ status: 401 }, 401, true],
  [{ status: 204 }, 200, false],
])('where %o is wanted, %i passes: %s', async ([wanted, status, passes]) => {
  expect((await ask(wanted, [status, ''])).hasPassed).toBe(passes);
});

const unreached = 'error trying to reach service: ';

test.for<[string, [number, object | string]]>([
  [
    'nobody answers: dial tcp 10.0.0.3:5432: connect: connection refused',
    [503, `${unreached}dial tcp 10.0.0.3:5432: connect: connection refused`],
  ],
  [
    'nobody answers: no endpoints available for service "cart"',
    [503, { message: 'no endpoints available for service "cart"' }],
  ],
  ['cannot be asked: services "cart" is forbidden', [403, { message: 'services "cart" is forbidden' }]],
])('without a connection it has failed: %s', async ([why, answer]) => {
  for (const path of ['/', null]) {
    const { hasPassed, text } = await ask({ path }, answer);

    expect([hasPassed, text]).toEqual([false, expect.stringContaining(why)]);
  }
});

test('a program that speaks something else than HTTP has accepted the connection, and no more', async () => {
  const ended: [number, string] = [503, `${unreached}EOF`];

  expect(await ask({ port: 5432, path: null }, ended)).toMatchObject({
    hasPassed: true,
    text: 'service/cart, connection to :5432: accepted',
  });
  expect(await ask({ port: 5432 }, ended)).toMatchObject({
    hasPassed: false,
    text: 'service/cart, GET :5432/: the answer is no HTTP: EOF',
  });
});

test('a port that the Service has not, or that is not said, is told with those that it has', async () => {
  expect((await ask({ port: 81 })).text).toMatch(/it has no port 81: it has 80 \(http\), 5432 \(db\)$/);
  expect((await ask({ port: null })).text).toMatch(/say which port is meant, of 80 \(http\), 5432 \(db\)$/);
});

test('a path that would lead out of the Service is not asked for with our rights', async () => {
  const { requests, text } = await ask({ path: '/../../../secrets/cart-account' });

  expect(text).toMatch(/cannot be asked/);
  expect(requests.filter((request) => request.includes('secrets'))).toEqual([]);
});
