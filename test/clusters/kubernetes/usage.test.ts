import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { quantityOf } from '../../../src/clusters/kubernetes/quantity.ts';
import { createKubernetesUsage } from '../../../src/clusters/kubernetes/usage/kubernetes-usage.ts';
import { parseCadvisor, parsePodMetrics } from '../../../src/clusters/kubernetes/usage/parse-usage.ts';
import { measuredSince, usageOf } from '../../../src/clusters/kubernetes/usage/pod-usage.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { type PodUsage, readUsage, typicalUsage, usageText } from '../../../src/domain/pod-usage.ts';
import { answerJson, startApiServer } from './api-server.ts';

test('the metrics API tells of each container, in units of its own', () => {
  const containers = [
    { name: 'api', usage: { cpu: '12500000n', memory: '20480Ki' } },
    { name: 'proxy', usage: { cpu: '2m', memory: '4Mi' } },
  ];

  const times = { timestamp: '2026-01-02T00:01:00Z', window: '1m0.5s' };
  const measured = parsePodMetrics({ items: [{ metadata: { name: 'cart-1' }, containers, ...times }] });

  expect(measured.get('cart-1')?.cpuMillis).toBeCloseTo(14.5);
  expect(measured.get('cart-1')?.memoryBytes).toBe(24 * 1024 ** 2);
  expect(measured.get('cart-1')?.sinceMs).toBe(Date.parse('2026-01-01T23:59:59.500Z'));
  expect(['1', '250m', '1e3', '3Gi'].map(quantityOf)).toEqual([1, 0.25, 1000, 3 * 1024 ** 3]);
  expect(quantityOf('much')).toBeNaN();
});

// As a kubelet of Kubernetes 1.20 answers.
const cadvisor = `# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="",cpu="total",id="/",image="",name="",namespace="",pod=""} 27672.9 1795854670729
container_cpu_usage_seconds_total{container="",cpu="total",id="/kubepods/pod1",image="",name="",namespace="shop",pod="cart-1"} 0.5 1795854677791
container_cpu_usage_seconds_total{container="api",cpu="total",id="/kubepods/pod1/c",image="i",name="n",namespace="shop",pod="cart-1"} 0.4 1795854677791
container_cpu_usage_seconds_total{container="",cpu="total",id="/kubepods/pod2",image="",name="",namespace="other",pod="cart-1"} 9 1795854677791
container_memory_working_set_bytes{container="",id="/kubepods/pod1",image="",name="",namespace="shop",pod="cart-1"} 1.048576e+06 1795854677791
`;

const readyAt = Date.parse('2026-08-28T00:00:00Z');
const at = (seconds: number) => new Date(readyAt + seconds * 1000).toISOString();

function pod(name: string, resources: JsonObject[] = [{}]): KubeObject {
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: at(0) }];
  const containers = resources.map((one, index) => ({ name: `c${index}`, resources: one }));
  const status = { startTime: at(-20), conditions };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers }, status };
}

const counts = (cpuSeconds: number, seconds: number) =>
  new Map([['cart-1', { cpuSeconds, atMs: readyAt + seconds * 1000, memoryBytes: 2 ** 20 }]]);

test('of a kubelet, the line of the whole pod counts', () => {
  const counted = parseCadvisor(cadvisor, 'shop');

  expect([...counted]).toEqual([
    ['cart-1', { cpuSeconds: 0.5, atMs: 1795854677791, memoryBytes: 1024 ** 2 }],
  ]);
});

test('what a pod took to start is left out once it was looked at twice', () => {
  const pods = [pod('cart-1'), pod('cart-2')];
  const look = (now: ReturnType<typeof counts>, earlier = new Map()) =>
    usageOf(pods, measuredSince(pods, now, earlier), 'cadvisor');

  const first = look(counts(3, 10));
  const second = look(counts(3.3, 40), counts(3, 10));
  const again = look(counts(3, 10), counts(3, 10));

  expect(first).toMatchObject({ pods: 1, cpuMillis: 100, isWithStart: true });
  expect(second).toMatchObject({ pods: 1, cpuMillis: expect.closeTo(10), isWithStart: false });
  expect(again).toEqual(first);
});

test('what a pod takes stands beside what its manifest asks for', () => {
  const limited = { requests: { cpu: '100m' }, limits: { memory: '64Mi' } };
  const usage = (resources: JsonObject[]) => {
    const pods = [pod('cart-1', resources)];
    return usageOf(pods, measuredSince(pods, counts(0.3, 10), new Map()), 'cadvisor');
  };

  expect(usageText(null, usage([limited]))).toBe(
    'each pod takes: cpu 10m (request 100m), memory 1.0Mi (limit 64.0Mi) (cadvisor; its start counts)',
  );
  expect(usage([limited, {}])).toMatchObject({ cpuRequestMillis: 100, memoryLimitBytes: null });
});

test('the newest version of the metrics API is asked, whatever it is called', async () => {
  const items = [
    {
      ...{ metadata: { name: 'cart-1' }, timestamp: at(60), window: '30s' },
      containers: [{ usage: { cpu: '7m', memory: '3Mi' } }],
    },
  ];
  const answers: Record<string, object> = {
    '/apis/apps/v1/namespaces/shop/deployments/cart': {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cart' } },
      spec: { selector: { matchLabels: { app: 'cart' } } },
    },
    '/api/v1/namespaces/shop/pods': { items: [pod('cart-1')] },
    '/apis/metrics.k8s.io': { preferredVersion: { version: 'v1' } },
    '/apis/metrics.k8s.io/v1/namespaces/shop/pods': { items },
  };
  await using server = await startApiServer(({ url = '' }, answer) => {
    const [path = ''] = url.split('?');
    answerJson(answer, path in answers ? 200 : 404, answers[path] ?? { message: 'not found' });
  });
  const usage = createKubernetesUsage(async () => server, 'shop');

  const look = await usage.read({ workloads: ['deployment/cart'], deployIds: null }, never);
  const absent = await usage.read({ workloads: ['deployment/other'], deployIds: null }, never);

  expect(look?.usage).toMatchObject({ cpuMillis: 7, source: 'metrics.k8s.io', isWithStart: false });
  expect(absent).toBeNull();
});

const never = new AbortController().signal;

test('of several looks the middle one after the start is told, and one with the start where there is no other', () => {
  const took = (cpuMillis: number, isWithStart: boolean): PodUsage => ({
    ...{ pods: 1, cpuMillis, memoryBytes: cpuMillis, source: 'cadvisor', isWithStart },
  });

  expect(typicalUsage([])).toBeNull();
  expect(typicalUsage([took(900, true), took(700, true)])).toEqual(took(700, true));
  expect(typicalUsage([took(900, true), took(9, false), took(5, false), took(7, false)])).toEqual(
    took(7, false),
  );
});

test('what is not measured yet is told as that', () => {
  const before = { pods: 2, cpuMillis: 4.6, memoryBytes: 3 * 1024 ** 2, source: 'cadvisor' };
  const after = { ...before, cpuMillis: 12, memoryBytes: 5.25 * 1024 ** 2 };

  expect(usageText(before, after)).toBe(
    'each pod takes: cpu 5m before, 12m now, memory 3.0Mi before, 5.3Mi now (cadvisor)',
  );
  expect(usageText(before, null)).toMatch(/cpu 5m before, no data yet now/);
  expect(usageText(null, after)).toBe('each pod takes: cpu 12m, memory 5.3Mi (cadvisor)');
  expect(usageText(null, null)).toBeUndefined();
});

test('what a deploy step has left of it is read, and nothing else is', () => {
  const after = { pods: 2, cpuMillis: 4.6, memoryBytes: 3 * 1024 ** 2, source: 'cadvisor' };

  expect(readUsage({ usage: { before: null, after } })).toEqual({
    cpu: { before: null, after: '5m' },
    memory: { before: null, after: '3.0Mi' },
  });
  expect(readUsage({ usage: { before: null, after: null } })).toBeUndefined();
  expect(readUsage({ usage: 'much' })).toBeUndefined();
  expect(readUsage(null)).toBeUndefined();
});
