import { expect, test } from 'vitest';
import {
  parseCadvisor,
  parsePodMetrics,
  quantity,
} from '../../../src/clusters/kubernetes/usage/parse-usage.ts';
import { readUsage, usageText } from '../../../src/domain/pod-usage.ts';

test('the metrics API tells of each container, in units of its own', () => {
  const containers = [
    { name: 'api', usage: { cpu: '12500000n', memory: '20480Ki' } },
    { name: 'proxy', usage: { cpu: '2m', memory: '4Mi' } },
  ];

  const measured = parsePodMetrics({ items: [{ metadata: { name: 'cart-1' }, containers }] });

  expect(measured.get('cart-1')?.cpuMillis).toBeCloseTo(14.5);
  expect(measured.get('cart-1')?.memoryBytes).toBe(24 * 1024 ** 2);
  expect([quantity('1'), quantity('250m'), quantity('1e3'), quantity('3Gi')]).toEqual([
    1,
    0.25,
    1000,
    3 * 1024 ** 3,
  ]);
  expect(quantity('much')).toBeNaN();
});

// As a kubelet of Kubernetes 1.20 answers.
const cadvisor = `# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="",cpu="total",id="/",image="",name="",namespace="",pod=""} 27672.9 1795854670729
container_cpu_usage_seconds_total{container="",cpu="total",id="/kubepods/pod1",image="",name="",namespace="shop",pod="cart-1"} 0.5 1795854677791
container_cpu_usage_seconds_total{container="api",cpu="total",id="/kubepods/pod1/c",image="i",name="n",namespace="shop",pod="cart-1"} 0.4 1795854677791
container_cpu_usage_seconds_total{container="",cpu="total",id="/kubepods/pod2",image="",name="",namespace="other",pod="cart-1"} 9 1795854677791
container_memory_working_set_bytes{container="",id="/kubepods/pod1",image="",name="",namespace="shop",pod="cart-1"} 1.048576e+06 1795854677791
`;

test('of a kubelet, the line of the whole pod counts, its cpu as an average since the start', () => {
  const secondsOf = new Map([
    ['cart-1', 100],
    ['cart-2', 5],
  ]);

  const measured = parseCadvisor(cadvisor, { namespace: 'shop', secondsOf });

  expect([...measured]).toEqual([['cart-1', { cpuMillis: 5, memoryBytes: 1024 ** 2 }]]);
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
