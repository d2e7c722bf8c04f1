import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { placementHint, placementOf, placementSummary } from '../../../src/clusters/kubernetes/placement.ts';
import type { ClaimState } from '../../../src/clusters/kubernetes/pod-claims.ts';
import { advise } from '../../../src/domain/hint.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { placementLines } from '../../../src/domain/placement-lines.ts';

// Nodes of several kinds, which the one node of the test cluster cannot show.

function node(name: string, changes: { spec?: JsonObject; labels?: JsonObject; isReady?: boolean } = {}) {
  const { spec = {}, labels = {}, isReady = true } = changes;
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec,
    status: {
      allocatable: { cpu: '2', memory: '4Gi', pods: '110', 'nvidia.com/gpu': '0' },
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'Unknown' }],
    },
  };
}

function onNode(nodeName: string, spec: JsonObject, labels: JsonObject = { app: 'cart' }): JsonObject {
  return { metadata: { name: `on-${nodeName}`, namespace: 'shop', labels }, spec: { nodeName, ...spec } };
}

const asking = (requests: JsonObject, more: JsonObject = {}) => ({
  containers: [{ name: 'api', resources: { requests }, ...more }],
});

function waiting(spec: JsonObject): KubeObject {
  const metadata = { name: 'cart-1', namespace: 'shop', labels: { app: 'cart' } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec };
}

function whyNot(
  spec: JsonObject,
  nodes: JsonObject[],
  around: { pods?: JsonObject[]; claims?: ClaimState[] } = {},
) {
  const { pods = [], claims = [] } = around;
  const placement = placementOf(waiting(spec), { nodes, pods, claims });
  return Object.fromEntries(placement.nodes.map(({ node: name, why }) => [name, why]));
}

test('what is asked stands beside what each node has left', () => {
  const pods = [onNode('small', asking({ cpu: '1500m', memory: '3Gi' }))];

  expect(
    whyNot(asking({ cpu: '1', memory: '2Gi', 'nvidia.com/gpu': '1' }), [node('small')], { pods }),
  ).toEqual({
    small: [
      'cpu: 1 asked, 0.5 of 2 free',
      'memory: 2 Gi asked, 1 Gi of 4 Gi free',
      'nvidia.com/gpu: 1 asked, 0 of 0 free',
    ],
  });
});

test('taints, cordons, lost nodes and labels are told node by node', () => {
  const taint = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };
  const nodes = [
    node('db', { spec: { taints: [taint] }, labels: { disk: 'ssd' } }),
    node('cordoned', { spec: { unschedulable: true }, labels: { disk: 'ssd' } }),
    node('lost', { isReady: false, labels: { disk: 'ssd' } }),
    node('slow'),
  ];

  expect(whyNot({ ...asking({}), nodeSelector: { disk: 'ssd' } }, nodes)).toEqual({
    db: ['taint dedicated=db:NoSchedule'],
    cordoned: ['cordoned'],
    lost: ['not ready'],
    slow: ['label disk=ssd is missing'],
  });
});

test('node affinity is told in words', () => {
  const matchExpressions = [{ key: 'zone', operator: 'In', values: ['a', 'b'] }];
  const required = { nodeSelectorTerms: [{ matchExpressions }] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  const nodes = [node('in-a', { labels: { zone: 'a' } }), node('in-c', { labels: { zone: 'c' } })];

  expect(whyNot({ ...asking({}), affinity }, nodes)).toEqual({
    'in-a': [],
    'in-c': ['node affinity wants zone in (a, b)'],
  });
});

test('the pod that holds a host port, or that must not be near, is named', () => {
  const port = { ports: [{ containerPort: 80, hostPort: 80 }] };
  const away = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'cart' } } };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [away] } };
  const pods = [onNode('one', asking({}, port))];

  expect(whyNot({ ...asking({}, port), affinity }, [node('one'), node('two')], { pods })).toEqual({
    two: [],
    one: ['host port 80/TCP is taken by pod shop/on-one', 'anti-affinity to pod shop/on-one'],
  });
});

test('a zone that has more than its share of the pods is told', () => {
  const spread = (more: JsonObject = {}) => ({
    ...asking({}),
    topologySpreadConstraints: [
      {
        ...{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
        ...{ labelSelector: { matchLabels: { app: 'cart' } }, ...more },
      },
    ],
  });
  const nodes = [
    node('in-a', { labels: { zone: 'a' } }),
    node('also-in-a', { labels: { zone: 'a' } }),
    node('in-b', { labels: { zone: 'b' } }),
    node('nowhere'),
  ];
  const pods = [
    onNode('in-a', asking({})),
    onNode('also-in-a', asking({})),
    onNode('in-b', asking({})),
    onNode('in-b', asking({}), { app: 'other' }),
  ];
  const why = (spec: JsonObject) => whyNot(spec, nodes, { pods });

  expect(why(spread())).toEqual({
    'in-b': [],
    'in-a': ['topology spread: zone=a has 2 of these pods, another has 1 (maxSkew 1)'],
    'also-in-a': ['topology spread: zone=a has 2 of these pods, another has 1 (maxSkew 1)'],
    nowhere: ['topology spread: label zone is missing'],
  });
  expect(why(spread({ maxSkew: 2 }))).toMatchObject({ 'in-a': [], 'in-b': [] });
  expect(why(spread({ whenUnsatisfiable: 'ScheduleAnyway' }))).toMatchObject({ 'in-a': [], nowhere: [] });
  // Only the places count that the pod may go to.
  expect(why({ ...spread(), nodeSelector: { zone: 'a' } })).toMatchObject({ 'in-a': [] });
});

test('a volume that lies elsewhere, and a claim that nobody binds, are told', () => {
  const nodes = {
    nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
  };
  const bound = { name: 'orders', phase: 'Bound', trouble: null, nodes };
  const trouble = advise('claim-unbound', { claim: 'logs', storage: 'fast' });
  const unbound = { name: 'logs', phase: 'Pending', trouble, nodes: null };
  const claims = [bound, unbound];
  const placement = placementOf(waiting(asking({})), { nodes: [node('one')], pods: [], claims });

  expect(placement.nodes[0]?.why).toEqual([
    'volume: claim orders is bound to a volume of zone in (a)',
    'volume: claim logs is not bound',
  ]);
  expect(placementHint(placement)).toBe(trouble);
});

test('the nearest of many nodes are kept, as a table that a person can read', () => {
  const small = Array.from({ length: 30 }, (_, index) => node(`n${index}`, { isReady: index !== 0 }));
  const spec = asking({ cpu: '3' });
  const placement = placementOf(waiting(spec), { nodes: small, pods: [], claims: [] });

  const lines = placementLines(placementSummary(waiting(spec), placement));

  expect(lines).toHaveLength(14);
  expect(lines[0]).toBe('  node  cpu free  memory free  why not');
  expect(lines[1]).toBe('  n1    2         4 Gi         cpu: 3 asked, 2 of 2 free');
  expect(lines.at(-1)).toBe('  and 18 more nodes');
});
