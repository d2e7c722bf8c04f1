import { expect, test } from 'vitest';
import { noWorkload } from '../../../src/clusters/kubernetes/no-workload.ts';

const object = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: 'cart' } });

test.for([
  [
    'extensions/v1beta1',
    'Deployment',
    'deployment/cart says apiVersion extensions/v1beta1: a Deployment is of apps/v1',
  ],
  ['apps/v1', 'deployment', 'deployment/cart: its kind is written Deployment'],
  ['apps/v1', 'Deploymnet', "deploymnet/cart: did you mean 'Deployment'?"],
  ['apps/v1', 'ReplicaSet', 'replicaset/cart: a ReplicaSet cannot be rolled over, write a Deployment'],
  ['v1', 'ConfigMap', 'they hold configmap/cart'],
] as const)('a set of %s %s alone is told what was probably meant', ([apiVersion, kind, text]) => {
  expect(noWorkload([object(apiVersion, kind)])).toBe(
    `the manifests hold no Deployment, StatefulSet, DaemonSet or CronJob: there is nothing to roll out; ${text}`,
  );
});

test('a set of nothing is told so', () => {
  expect(noWorkload([])).toBe('the manifests hold no object at all: there is nothing to roll out');
});
