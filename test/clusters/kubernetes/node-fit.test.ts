import { expect, test } from 'vitest';
import { lintsOf } from '../../../src/clusters/kubernetes/lints.ts';
import { lintsOfNodes } from '../../../src/clusters/kubernetes/node-fit.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

function node(name: string, changes: { spec?: JsonObject; labels?: JsonObject; reserved?: boolean } = {}) {
  const { spec = {}, labels = {}, reserved = true } = changes;
  return {
    metadata: { name, labels },
    spec,
    status: {
      capacity: { cpu: '2', memory: '4Gi', pods: '110' },
      allocatable: { cpu: reserved ? '1900m' : '2', memory: '3996Mi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

const asking = (cpu: string) => ({ name: 'api', resources: { requests: { cpu } } });

function deployment(replicas: number, pod: JsonObject, accepted?: string): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'cart',
      ...(accepted !== undefined && { annotations: { 'trunkline/accepted-warnings': accepted } }),
    },
    spec: { replicas, template: { spec: { ...pod } } },
  };
}

/** What is said of the room for a new Deployment. */
function noRoom(nodes: JsonObject[], workload: KubeObject, pods: JsonObject[] = []): string | undefined {
  return lintsOfNodes(nodes, { pods }, [{ result: workload, live: null }]).ofWorkload.get('deployment/cart')
    ?.text;
}

test('pods that the nodes have room for are no matter, what runs there already counts', () => {
  const workload = deployment(3, { containers: [asking('900m')] });
  const running = { spec: { nodeName: 'b', containers: [asking('1500m')] } };

  expect(noRoom([node('a'), node('b')], workload)).toBeUndefined();
  expect(noRoom([node('a'), node('b')], workload, [running])).toMatch(
    /^of the 3 pods that this rollout adds .*, which ask for cpu 900m each, 2 fit into what the nodes have left/,
  );
});

test('of an update only the surge is added, and nothing of one that is there already', () => {
  const live = deployment(4, { containers: [asking('900m')] });
  const updated = deployment(4, { containers: [asking('900m')], terminationGracePeriodSeconds: 5 });
  const running = { spec: { nodeName: 'a', containers: [asking('1500m')] } };
  const told = (result: KubeObject) =>
    lintsOfNodes([node('a')], { pods: [running] }, [{ result, live }]).ofWorkload;

  expect(told(updated).get('deployment/cart')?.text).toMatch(/^of the 1 pods .* 0 fit/);
  expect(told(live).size).toBe(0);
});

test.for([
  ['is cordoned', { spec: { unschedulable: true } }, {}, false],
  ['lacks the label', {}, { nodeSelector: { disk: 'ssd' } }, false],
  ['has the label', { labels: { disk: 'ssd' } }, { nodeSelector: { disk: 'ssd' } }, true],
  ['has a taint', { spec: { taints: [{ key: 'db', value: 'x', effect: 'NoSchedule' }] } }, {}, false],
  [
    'has a taint that is tolerated',
    { spec: { taints: [{ key: 'db', value: 'x', effect: 'NoSchedule' }] } },
    { tolerations: [{ key: 'db', operator: 'Exists' }] },
    true,
  ],
  ['is too small for an init container', {}, { initContainers: [asking('3')] }, false],
] as const)('a node that %s', ([, changes, pod, isRoom]) => {
  const workload = deployment(1, { containers: [asking('10m')], ...structuredClone(pod) } as JsonObject);

  const text = noRoom([node('a', structuredClone(changes) as JsonObject)], workload);

  expect(text === undefined).toBe(isRoom);
});

test('nodes that reserve nothing are named once, and accepted by a reason at any workload', () => {
  const nodes = lintsOfNodes([node('a'), node('b', { reserved: false })], { pods: [] }, []);
  const of = (accepted?: string) =>
    lintsOf([deployment(1, {}), deployment(1, {}, accepted)], { nodes }).filter((line) =>
      line.includes('reserved'),
    );

  expect(of()).toEqual([
    expect.stringMatching(
      /^warning: deployment\/cart: node b of 2: nothing is reserved .*\[nothing-reserved\]$/,
    ),
  ]);
  expect(of('nothing-reserved: a cluster for tests')).toEqual([
    'accepted: deployment/cart: nothing-reserved, because: a cluster for tests',
  ]);
});

test('a reason is not called useless where the nodes cannot be read', () => {
  const workload = deployment(1, {}, 'no-room: nodes come when they are needed');

  expect(lintsOf([workload]).join()).not.toContain('no-room');
  expect(lintsOf([workload], { nodes: lintsOfNodes([node('a')], { pods: [] }, []) }).join()).toContain(
    'accepts no-room, which it',
  );
});
