import { expect, test } from 'vitest';
import { recordOf } from '../../../src/clusters/json-reading.ts';
import { openAccess } from '../../../src/clusters/kubernetes/access.ts';
import { createApi } from '../../../src/clusters/kubernetes/api.ts';
import { lintsOf } from '../../../src/clusters/kubernetes/lints.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { lookAround } from '../../../src/clusters/kubernetes/surroundings.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { kubernetes } from '../../support/kubernetes.ts';

const env = [
  { name: 'A', valueFrom: { configMapKeyRef: { name: 'of-set', key: 'a' } } },
  { name: 'B', valueFrom: { configMapKeyRef: { name: 'of-namespace', key: 'b' } } },
  { name: 'C', valueFrom: { secretKeyRef: { name: 'of-nobody', key: 'c' } } },
  { name: 'D', valueFrom: { secretKeyRef: { name: 'not-needed', key: 'd', optional: true } } },
];
const workload: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cart' },
  spec: {
    template: {
      metadata: { labels: { app: 'cart' } },
      spec: {
        imagePullSecrets: [{ name: 'registry' }],
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'files', projected: { sources: [{ configMap: { name: 'files' } }] } },
        ],
        containers: [{ name: 'api', image: 'none:1', env }],
      },
    },
  },
};
const rest = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'of-set' } },
  budget('kept', { app: 'cart' }),
  budget('of-another-set', { app: 'web' }),
  budget('idle', { app: 'crat' }),
  service('kept', { app: 'cart' }),
  service('of-another-set', { app: 'web' }),
  service('idle', { app: 'crat' }),
  { apiVersion: 'networking.k8s.io/v1beta1', kind: 'Ingress', metadata: { name: 'cart' } },
  ingress('kept', 'kept'),
  ingress('of-namespace', 'with-address'),
  ingress('idle', 'of-nobody'),
  // This cluster has no successor of it.
  { apiVersion: 'batch/v1beta1', kind: 'CronJob', metadata: { name: 'nightly' } },
];
const found = [
  'it reads secret/registry to pull its images',
  'it reads configmap/files as volume files',
  'it reads secret/of-nobody for the environment of container api',
  'poddisruptionbudget/idle selects app=crat',
  'service/idle selects app=crat, and no pod of the manifests or the namespace has that: it leads nowhere',
  'ingress/idle leads to service/of-nobody, and neither the manifests nor the namespace have it',
  ...['kept', 'of-namespace', 'idle'].map(
    (name) => `ingress/${name} is of the class nowhere, which the cluster does not have`,
  ),
  'ingress/cart is of networking.k8s.io/v1beta1, which Kubernetes 1.22 has no longer: write networking.k8s.io/v1',
  'persistentvolumeclaim/data can be on one node at a time',
];

test('what a set reads and nobody has, what protects nothing and what is of an old version is told before it is applied', async () => {
  await using under = await open();

  const lines = await under.lints(workload);

  for (const text of found) expect(lines).toContainEqual(expect.stringContaining(text));
  const names = /\[(missing-reference|idle-budget|idle-service|idle-ingress|old-api|held-volume)\]$/;
  expect(lines.filter((line) => names.test(line))).toHaveLength(found.length);
});

test('each of them is silenced by a reason', async () => {
  await using under = await open();
  const accepted = [
    'missing-reference',
    'idle-budget',
    'idle-service',
    'idle-ingress',
    'old-api',
    'held-volume',
  ];
  const annotations = { 'trunkline/accepted-warnings': accepted.map((name) => `${name}: known`).join('\n') };

  const lines = await under.lints({ ...workload, metadata: { name: 'cart', annotations } });

  for (const name of accepted)
    expect(lines).toContainEqual(`accepted: deployment/cart: ${name}, because: known`);
  for (const text of found) expect(lines.join('\n')).not.toContain(text);
});

test('a StatefulSet whose Service nobody has, or that has an address of its own, is told', async () => {
  await using under = await open();
  const named = (serviceName: string): KubeObject => ({
    ...{ ...workload, kind: 'StatefulSet', metadata: { name: serviceName } },
    spec: { ...recordOf(workload.spec), serviceName },
  });
  const told = async (serviceName: string) => {
    const lines = await under.lints(named(serviceName));
    return lines.filter((line) => line.endsWith('[no-pod-names]'));
  };

  expect(await told('headless')).toEqual([]);
  expect(await told('with-address')).toEqual([
    expect.stringContaining('its serviceName leads to service/with-address, which is not headless'),
  ]);
  expect(await told('of-nobody')).toEqual([
    expect.stringContaining(
      'its serviceName is of-nobody, and neither the manifests nor the namespace have it',
    ),
  ]);
});

function service(name: string, selector: JsonObject): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector, ports: [{ port: 80 }] } };
}

function ingress(name: string, serviceName: string): KubeObject {
  const backend = { service: { name: serviceName, port: { number: 80 } } };
  const paths = [{ path: '/', pathType: 'Prefix', backend }];
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name } },
    spec: { ingressClassName: 'nowhere', rules: [{ http: { paths } }] },
  };
}

function budget(name: string, matchLabels: JsonObject): KubeObject {
  return {
    ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name } },
    spec: { selector: { matchLabels } },
  };
}

async function open() {
  await using opened = new AsyncDisposableStack();
  const cluster = await kubernetes();
  const namespace = opened.use(await cluster.makeNamespace());
  const access = await openAccess({ kubeconfig: cluster.kubeconfig, context: null });
  opened.defer(() => access.close());
  const api = createApi(access);
  const signal = new AbortController().signal;
  const place = { api, namespace: namespace.name };
  const base = `/api/v1/namespaces/${namespace.name}`;
  const make = (path: string, body: JsonObject) => api.call({ method: 'POST', path, body }, signal);
  await make(`${base}/configmaps`, { metadata: { name: 'of-namespace' } });
  await make(`${base}/persistentvolumeclaims`, {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  });
  await make(`${base}/pods`, {
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: { nodeName: 'nowhere', containers: [{ name: 'web', image: 'none:1' }] },
  });
  for (const [name, clusterIP] of Object.entries({ headless: 'None', 'with-address': undefined })) {
    const spec = { selector: { app: 'web' }, ports: [{ port: 80 }], ...(clusterIP && { clusterIP }) };
    await make(`${base}/services`, { metadata: { name }, spec });
  }
  const owned = opened.move();
  return {
    async lints(set: KubeObject) {
      const objects = [...rest, set];
      return lintsOf(objects, { around: await lookAround(place, { objects, known: objects }, signal) });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
