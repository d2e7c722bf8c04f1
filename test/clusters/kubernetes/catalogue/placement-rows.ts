import { expect } from 'vitest';
import { makeQuota } from '../make-quota.ts';
import { type CatalogueRow, isBlocked, serve } from './row.ts';

const limitRange = JSON.stringify({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'small' },
  spec: { limits: [{ type: 'Container', max: { memory: '64Mi' } }] },
});

export const placementRows: CatalogueRow[] = [
  {
    what: 'requests that no node can meet',
    class: 'unschedulable',
    text: /no node takes the pod: 0\/1 nodes are available: 1 Insufficient cpu/,
    hint: /requests/,
    evidence: {
      placement: {
        asked: { cpu: 900 },
        nodes: [{ why: [expect.stringMatching(/^cpu: 900 asked, \S+ of \d+ free/)] }],
      },
    },
    container: { ...serve, resources: { requests: { cpu: 900 } } },
    windowMs: 120_000,
    isShown: (sight) => JSON.stringify(sight.pods).includes('Unschedulable'),
  },
  {
    what: 'the second of two pods that may not share the only node',
    class: 'unschedulable',
    text: /^1 of 2 new pods: no node takes the pod: 0\/1 nodes are available: .*anti-affinity/,
    hint: /loosen the anti-affinity/i,
    container: serve,
    pod: {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'cart' } } },
          ],
        },
      },
    },
    spec: { replicas: 2 },
    windowMs: 120_000,
    isShown: (sight) => JSON.stringify(sight.pods).includes('Unschedulable'),
  },
  {
    what: 'a claim for a volume that nobody provides',
    class: 'unschedulable',
    text: /no node takes the pod: .*persistentvolumeclaim "orders" not found|unbound immediate PersistentVolumeClaims/,
    hint: /The claim orders does not exist in the namespace: add it/,
    evidence: { placement: { nodes: [{ why: ['volume: claim orders is missing'] }] } },
    container: { ...serve, volumeMounts: [{ name: 'orders', mountPath: '/orders' }] },
    pod: { volumes: [{ name: 'orders', persistentVolumeClaim: { claimName: 'orders' } }] },
    windowMs: 120_000,
    isShown: (sight) => JSON.stringify(sight.pods).includes('Unschedulable'),
  },
  {
    what: 'a nodeName that no node has',
    class: 'unschedulable',
    text: /its nodeName is ghost, and there is no node of that name/,
    hint: /^Correct nodeName in the pod template, or take it out: the scheduler then finds a node\.$/,
    container: serve,
    pod: { nodeName: 'ghost' },
    windowMs: 120_000,
    isShown: ({ pods }) => pods.length > 0,
  },
  {
    what: 'a quota that is used up',
    class: 'quota',
    text: /no new pod can be made: .*exceeded quota: few, requested: pods=1, used: pods=0, limited: pods=0/,
    hint: /maxSurge/,
    container: serve,
    prepare: (rollouts) => makeQuota(rollouts, 'few', 'pods=0'),
    windowMs: 30_000,
    isShown: isBlocked,
  },
  {
    what: 'a quota that is used up, for a StatefulSet',
    class: 'quota',
    text: /no new pod can be made: .*exceeded quota: few/,
    kind: 'StatefulSet',
    container: serve,
    prepare: (rollouts) => makeQuota(rollouts, 'few', 'pods=0'),
    windowMs: 30_000,
    isShown: isBlocked,
  },
  {
    what: 'a quota that wants requests to be named',
    class: 'admission-denied',
    text: /failed quota: cores: must specify requests\.cpu/,
    container: serve,
    prepare: (rollouts) => makeQuota(rollouts, 'cores', 'requests.cpu=2'),
    windowMs: 0,
    isShown: isBlocked,
  },
  {
    what: 'a limit range that is exceeded',
    class: 'admission-denied',
    text: /maximum memory usage per Container is 64Mi, but limit is 128Mi/,
    container: { ...serve, resources: { limits: { memory: '128Mi' } } },
    prepare: ({ applyByHand }) => applyByHand(limitRange),
    windowMs: 0,
    isShown: isBlocked,
  },
];
