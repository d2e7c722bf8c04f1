import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { container, deployment, judgeAll, look, pod } from './looks.ts';

test('what another container of the same pod has besides is told too, once the rollout has failed; it decides nothing', () => {
  const api = {
    name: 'api',
    restartCount: 1,
    ready: false,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
  };
  const lastState = { terminated: { exitCode: 3, startedAt: null, finishedAt: null } };
  const side = (reason: string) => ({
    ...{ name: 'side', restartCount: 0, ready: false },
    state: { waiting: { reason, message: 'secret "keys" not found' } },
  });
  const both = (reason: string) => {
    const found = pod('a', { containerStatuses: [{ ...api, lastState }, side(reason)] });
    const containers = [{ name: 'api' }, { name: 'side', image: 'none:1' }];
    return { ...found, spec: { containers } };
  };

  expect(judgeAll(look(deployment(), [both('CreateContainerConfigError')]))).toMatchObject({
    state: 'failed',
    troubles: [
      { trouble: { class: 'crash', container: 'api' } },
      { trouble: { class: 'configuration-missing', container: 'side' } },
    ],
  });
  expect(judgeAll(look(deployment(), [both('ContainerCreating')]))).toMatchObject({
    state: 'failed',
    troubles: [{ trouble: { class: 'crash', container: 'api' } }],
  });
});

test.for([
  ['1 Insufficient memory.', 'Lower the requests. Or add a node that fits.'],
  [
    "1 node(s) didn't match pod affinity/anti-affinity, 1 node(s) didn't match pod anti-affinity rules.",
    'Loosen the anti-affinity. Or add a node that fits.',
  ],
  [
    "1 node(s) didn't match node selector.",
    'Correct nodeSelector or affinity, or label a node. Or add a node that fits.',
  ],
  [
    "1 node(s) had taint {a: b}, that the pod didn't tolerate, 1 Insufficient cpu.",
    'Lower the requests. Give the pod a toleration. Or add a node that fits.',
  ],
])('of a pod that no node takes (%s) what helps against that is told', ([against, hint]) => {
  const message = `0/1 nodes are available: ${against}`;
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];

  expect(judgeAll(look(deployment(), [pod('a', { conditions })]))).toMatchObject({
    state: 'waiting',
    troubles: [{ trouble: { class: 'unschedulable', hint } }],
  });
});

// A kubelet tells 25 events of a pod, and then one in five minutes: that it kills the container is not among them.
test.for<[string, JsonObject, number, string]>([
  [
    'a startup probe',
    { startupProbe: { tcpSocket: { port: 80 }, periodSeconds: 2, failureThreshold: 30 } },
    62,
    'never-ready',
  ],
  [
    'no startup probe yet',
    { startupProbe: { tcpSocket: { port: 80 }, periodSeconds: 2, failureThreshold: 30 } },
    3,
    'crash',
  ],
  ['a liveness probe', { livenessProbe: { tcpSocket: { port: 80 } } }, 62, 'never-ready'],
])(
  'what %s has ended is told from what ends by itself, also where the event of that is missing',
  ([, spec, seconds, told]) => {
    const kind = spec.livenessProbe === undefined ? 'Startup' : 'Liveness';
    const failure = {
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, reason: 'Unhealthy', count: 25 },
      message: `${kind} probe failed: connection refused`,
      involvedObject: { fieldPath: 'spec.containers{api}' },
    };
    const startedAt = '2026-01-01T10:00:00Z';
    const finishedAt = new Date(Date.parse(startedAt) + seconds * 1000).toISOString();
    const lastState = { terminated: { exitCode: 0, startedAt, finishedAt } };
    const ended = container({ waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 1, lastState });

    const events = new Map([['a', [failure]]]);

    expect(judgeAll(look(deployment(), [pod('a', ended, { spec })], { events }))).toMatchObject({
      state: 'failed',
      troubles: [{ trouble: { class: told } }],
    });
  },
);

test('a probe that asks a port which no port of its container is called is told as that', () => {
  const spec = { readinessProbe: { httpGet: { path: '/', port: 'web' } }, ports: [{ name: 'http' }] };
  const runs = container({ running: { startedAt: '2026-01-01T10:00:00Z' } });

  expect(judgeAll(look(deployment(), [pod('a', runs, { spec })]))).toMatchObject({
    troubles: [{ trouble: { hint: expect.stringMatching(/^The probe asks the port "web", and no port/) } }],
  });
});

test('pods of another Deployment with the same labels are not those of this one', () => {
  const down = container(
    { waiting: { reason: 'CrashLoopBackOff' } },
    {
      restartCount: 1,
      lastState: { terminated: { exitCode: 1 } },
    },
  );
  const of = (deploymentName: string) => {
    const made = pod('a', down);
    const owner = { kind: 'ReplicaSet', name: `${deploymentName}-5d4f`, uid: 'r1' };
    const labels = { app: 'cart', 'pod-template-hash': '5d4f' };
    return { ...made, metadata: { ...made.metadata, labels, ownerReferences: [owner] } };
  };

  expect(judgeAll(look(deployment(), [of('cart')]))).toMatchObject({ state: 'failed' });
  expect(judgeAll(look(deployment(), [of('cart-canary')]))).toMatchObject({ state: 'waiting', troubles: [] });
});
