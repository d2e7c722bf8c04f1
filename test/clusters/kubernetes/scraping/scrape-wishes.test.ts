import { expect, test } from 'vitest';
import { type Around, wishesOf } from '../../../../src/clusters/kubernetes/scraping/scrape-wishes.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';

const labels = { app: 'cart' };
const scrape = { 'prometheus.io/scrape': 'true' };

function pod(annotations: JsonObject = {}): JsonObject {
  const ports = [{ name: 'http', containerPort: 8080 }];
  return {
    metadata: { name: 'cart-1', labels, annotations },
    spec: { containers: [{ name: 'api', ports }] },
  };
}

function service(own: JsonObject, { port = 'http', annotations = {} } = {}): JsonObject {
  const spec = { selector: labels, ports: [{ name: port, port: 80 }] };
  return { metadata: { name: 'cart', labels: own, annotations }, spec };
}

function monitor(key: 'endpoints' | 'podMetricsEndpoints', changes: JsonObject = {}): JsonObject {
  const spec = { selector: { matchLabels: labels }, [key]: [{ port: 'http' }], ...changes };
  return { metadata: { name: 'cart', namespace: 'shop', labels: { team: 'shop' } }, spec };
}

const wishes = (changes: Partial<Around>) =>
  wishesOf({
    ...{ pods: [pod()], services: [], serviceMonitors: [], podMonitors: [], prometheuses: null },
    ...{ namespace: 'shop', ...changes },
  });

test('nothing asks for the scraping of pods without annotation and monitor', () => {
  const elsewhere = { ...monitor('endpoints'), metadata: { name: 'cart', namespace: 'other' } };

  expect(wishes({ services: [service(labels)], serviceMonitors: [elsewhere] })).toEqual([]);
});

test.for<[string, Partial<Around>, string]>([
  ['an annotation of the pods', { pods: [pod(scrape)] }, 'the annotation prometheus.io/scrape of the pods'],
  [
    'an annotation of their Service',
    { services: [service({}, { annotations: scrape })] },
    'the annotation prometheus.io/scrape of service/cart',
  ],
  [
    'a ServiceMonitor',
    { services: [service(labels)], serviceMonitors: [monitor('endpoints')] },
    'servicemonitor/cart',
  ],
  ['a PodMonitor', { podMonitors: [monitor('podMetricsEndpoints')] }, 'podmonitor/cart'],
  [
    'a monitor of any namespace that a Prometheus takes up',
    {
      podMonitors: [
        {
          ...monitor('podMetricsEndpoints', { namespaceSelector: { any: true } }),
          metadata: { name: 'cart', namespace: 'monitoring', labels: { team: 'shop' } },
        },
      ],
      prometheuses: [
        { metadata: { name: 'k8s' }, spec: { podMonitorSelector: { matchLabels: { team: 'shop' } } } },
      ],
    },
    'podmonitor/cart',
  ],
])('%s asks for it, and nothing is wrong with it', ([, around, by]) => {
  expect(wishes(around)).toEqual([{ by, mismatch: null }]);
});

test.for<[string, Partial<Around>, string]>([
  [
    'an annotated port that no container has',
    { pods: [pod({ ...scrape, 'prometheus.io/port': '9090' })] },
    'its prometheus.io/port is 9090, and the containers have 8080',
  ],
  [
    'an annotation beside the operator',
    { pods: [pod(scrape)], prometheuses: [{ metadata: { name: 'k8s' }, spec: {} }] },
    "the operator's Prometheus reads no annotations: it wants a PodMonitor or ServiceMonitor",
  ],
  [
    'a ServiceMonitor by the labels of the pods',
    { services: [service({ app: 'carts' })], serviceMonitors: [monitor('endpoints')] },
    'its selector matches the labels of the pods, not those of service/cart: it selects Services by theirs',
  ],
  [
    'a ServiceMonitor by the name of a port that is not there',
    { services: [service(labels, { port: 'web' })], serviceMonitors: [monitor('endpoints')] },
    'it names the port http, and service/cart has web',
  ],
  [
    'a PodMonitor by the name of a port that is not there',
    { podMonitors: [monitor('podMetricsEndpoints', { podMetricsEndpoints: [{ port: 'metrics' }] })] },
    'it names the port metrics, and the containers have http',
  ],
  [
    'a monitor that no Prometheus takes up',
    {
      services: [service(labels)],
      serviceMonitors: [monitor('endpoints')],
      prometheuses: [
        { metadata: { name: 'k8s' }, spec: { serviceMonitorSelector: { matchLabels: { release: 'kube' } } } },
      ],
    },
    'no Prometheus takes it up: serviceMonitorSelector of prometheus/k8s wants the label release=kube',
  ],
])('%s is told', ([, around, mismatch]) => {
  expect(wishes(around)).toEqual([{ by: expect.any(String), mismatch }]);
});

test('whoever writes configuration of his own for the operator may read annotations too', () => {
  const prometheuses = [{ metadata: { name: 'k8s' }, spec: { additionalScrapeConfigs: { name: 'more' } } }];

  expect(wishes({ pods: [pod(scrape)], prometheuses })).toMatchObject([{ mismatch: null }]);
});
