import { expect, test } from 'vitest';
import { defaultBudgets } from '../../../src/clusters/kubernetes/budgets.ts';
import { judge } from '../../../src/clusters/kubernetes/judge.ts';
import { idOf } from '../../../src/clusters/kubernetes/missing.ts';
import type { KubeObject } from '../../../src/clusters/kubernetes/objects.ts';
import { newMemory } from '../../../src/clusters/kubernetes/watch-memory.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import {
  applied,
  complete,
  container,
  deployment,
  judgeAll,
  look,
  pod,
  ready,
  settings,
  start,
} from './looks.ts';

const crashed = container(
  { waiting: { reason: 'CrashLoopBackOff' } },
  {
    restartCount: 1,
    lastState: {
      terminated: { exitCode: 139, startedAt: '2026-01-01T10:00:00Z', finishedAt: '2026-01-01T10:00:42Z' },
    },
  },
);

test('one crash may pass, two are hopeless, and the exit code is put in words', () => {
  const once = container({ terminated: { exitCode: 1 } });

  expect(judgeAll(look(deployment(), [pod('a', once)]))).toMatchObject({ state: 'waiting' });
  expect(judgeAll(look(deployment(), [pod('a', crashed)]))).toMatchObject({
    state: 'failed',
    newPods: 1,
    troubles: [
      {
        trouble: { class: 'crash', message: 'container `api` exits 139 (segmentation fault) after 42 s' },
        pods: [{ metadata: { name: 'a' } }],
      },
    ],
  });
});

// Kubelets tell of their doings with a delay of seconds where much happens on their node: a cluster shows this or not.
test('what a liveness probe has killed has not crashed by itself, neither at the start nor later', () => {
  const event = (reason: string, message: string): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: reason }, reason, message },
    involvedObject: { fieldPath: 'spec.containers{api}' },
  });
  const told = new Map([
    [
      'a',
      [
        event('Unhealthy', 'Liveness probe failed: dial tcp 10.0.0.7:81: connect: connection refused'),
        event('Killing', 'Container api failed liveness probe, will be restarted'),
      ],
    ],
  ]);
  const probed = { spec: { livenessProbe: { tcpSocket: { port: 81 } } } };
  const up = pod('a', { ...ready, ...container({ running: {} }, { ready: true }) }, probed);
  const down = pod('a', crashed, probed);
  const message = expect.stringMatching(
    /^container `api` is killed because its liveness probe \(connect to :81\) fails; last answer: .*refused/,
  );
  const trouble = { class: 'never-ready', message, hint: expect.stringContaining('startupProbe') };
  const isUp = look(deployment({ status: complete }), [up]);

  expect(judgeAll(look(deployment(), [down], { events: told }))).toMatchObject({
    state: 'failed',
    troubles: [{ trouble }],
  });
  expect(judgeAll(isUp, look(deployment(), [down], { events: told }))).toMatchObject({
    state: 'failed',
    troubles: [
      { trouble: { class: 'never-ready', message: expect.stringMatching(/after it had been ready$/) } },
    ],
  });
  expect(judgeAll(look(deployment(), [down]))).toMatchObject({ troubles: [{ trouble: { class: 'crash' } }] });
});

// An engine tells of a lack of memory, or is too late to notice it: a cluster shows this or not.
test('what is killed under a memory limit, and by nothing that is known to kill, was out of memory', () => {
  const killed = container(
    { waiting: { reason: 'CrashLoopBackOff' } },
    { restartCount: 1, lastState: { terminated: { exitCode: 137, reason: 'Error' } } },
  );
  const spec = { resources: { limits: { memory: '16Mi' } } };
  const probed = { ...spec, livenessProbe: { tcpSocket: { port: 81 } } };
  const judged = (more: JsonObject) => judgeAll(look(deployment(), [pod('a', killed, { spec: more })]));
  const message = expect.stringMatching(/killed \(exit code 137\).*out of memory \(its limit is 16Mi\)/);

  expect(judged(spec)).toMatchObject({
    state: 'failed',
    troubles: [{ trouble: { class: 'out-of-memory', message } }],
  });
  for (const more of [{}, probed])
    expect(judged(more)).toMatchObject({ state: 'failed', troubles: [{ trouble: { class: 'crash' } }] });
});

test('a second start that fails is a second end', () => {
  const unstartable = container(
    { waiting: { reason: 'RunContainerError' } },
    { restartCount: 1, lastState: { terminated: { reason: 'ContainerCannotRun', exitCode: 127 } } },
  );

  expect(judgeAll(look(deployment(), [pod('a', unstartable)]))).toMatchObject({ state: 'failed' });
});

test('one hopeless pod of a Deployment is not enough while another may live', () => {
  const starting = container({ waiting: { reason: 'ContainerCreating' } });

  const judgement = judgeAll(look(deployment(), [pod('a', crashed), pod('b', starting)]));

  expect(judgement).toMatchObject({ state: 'waiting', troubles: [{ trouble: { class: 'crash' } }] });
});

test('what has lasted too long in one pod is enough, whatever the others of a Deployment do', () => {
  const unplaced = {
    phase: 'Pending',
    conditions: [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes are available' },
    ],
  };
  const two = deployment({ spec: { replicas: 2 } });
  const pods = [pod('a', ready), pod('b', unplaced)];

  const looks = [look(two, pods), look(two, pods, { now: start + 119_000 })];

  expect(judgeAll(...looks)).toMatchObject({ state: 'waiting', recheckAt: start + 120_000 });
  expect(judgeAll(...looks, look(two, pods, { now: start + 120_000 }))).toMatchObject({
    state: 'failed',
    troubles: [{ trouble: { class: 'unschedulable' } }],
  });
});

test('pods of the old version, ending pods and evicted pods never count', () => {
  const evicted = pod('b', { ...crashed, phase: 'Failed', reason: 'Evicted' });
  const old = pod('c', crashed, { deployId: 'd1' });
  const ending = pod('d', crashed);
  ending.metadata.deletionTimestamp = '2026-01-01T10:00:00Z';

  expect(judgeAll(look(deployment(), [evicted, old, ending]))).toMatchObject({
    state: 'waiting',
    troubles: [],
  });
});

test('a missing ConfigMap is borne for its time, counted from when it was first seen', () => {
  const missing = pod(
    'a',
    container({ waiting: { reason: 'CreateContainerConfigError', message: 'configmap "x" not found' } }),
  );
  const first = look(deployment(), [missing]);

  expect(judgeAll(first)).toMatchObject({
    state: 'waiting',
    recheckAt: start + defaultBudgets.configurationMs,
  });
  expect(judgeAll(first, { ...first, now: start + 30_000 })).toMatchObject({ state: 'failed' });
});

test('a trouble that passes and comes again starts its time anew', () => {
  const missing = pod('a', container({ waiting: { reason: 'CreateContainerConfigError', message: 'x' } }));
  const first = look(deployment(), [missing]);
  const better = look(deployment(), [pod('a', container({ running: {} }, { ready: true }))], {
    now: start + 10_000,
  });

  expect(judgeAll(first, better, { ...first, now: start + 31_000 })).toMatchObject({ state: 'waiting' });
});

test('a trouble that lacks what is there by now is borne, and fails nobody', () => {
  const message = "couldn't find key a in ConfigMap shop/settings";
  const missing = pod('a', container({ waiting: { reason: 'CreateContainerConfigError', message } }));
  const first = look(deployment(), [missing]);
  const late = { ...first, now: start + 30_000 };
  const memory = newMemory();

  judge(applied, first, { ...settings, memory });
  const failed = judge(applied, late, { ...settings, memory });
  const { overdue } = memory;
  for (const lacking of overdue) memory.mended.add(idOf(lacking));
  const again = judge(applied, late, { ...settings, memory });

  expect(failed).toMatchObject({ state: 'failed' });
  expect(overdue).toEqual([{ kind: 'configmaps', name: 'settings', key: 'a' }]);
  expect(again).toMatchObject({ state: 'waiting', recheckAt: Number.POSITIVE_INFINITY });
});

test('a volume that was mounted late is forgotten once a container has begun', () => {
  const event = {
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, reason: 'FailedMount' },
    message: 'MountVolume.SetUp failed for volume "keys" : secret "keys" not found',
  };
  const events = new Map([['a', [event]]]);
  const creating = pod('a', container({ waiting: { reason: 'ContainerCreating' } }));
  const running = pod('a', container({ running: { startedAt: '2026-01-01T10:00:00Z' } }));

  expect(judgeAll(look(deployment(), [creating], { events }))).toMatchObject({
    troubles: [{ trouble: { class: 'configuration-missing' } }],
  });
  expect(judgeAll(look(deployment(), [running], { events }))).toMatchObject({
    troubles: [{ trouble: { class: 'never-ready' } }],
  });
});

test('one crash does not hide that the container is not ready since', () => {
  const restarted = container(
    { running: { startedAt: '2026-01-01T10:00:00Z' } },
    {
      restartCount: 1,
      lastState: { terminated: { exitCode: 1 } },
    },
  );

  expect(judgeAll(look(deployment(), [pod('a', restarted)]))).toMatchObject({
    troubles: [{ trouble: { class: 'never-ready', toleranceMs: defaultBudgets.neverReadyMs } }],
  });
});

test('a container that runs but is never ready has the time of its probe, six times over', () => {
  const probe = {
    readinessProbe: { httpGet: { port: 8080, path: '/health' }, periodSeconds: 5, failureThreshold: 3 },
  };
  const running = pod('a', container({ running: { startedAt: '2026-01-01T10:00:00Z' } }), { spec: probe });

  expect(judgeAll(look(deployment(), [running]))).toMatchObject({
    recheckAt: start + 90_000,
    troubles: [{ trouble: { class: 'never-ready', message: expect.stringContaining('GET :8080/health') } }],
  });
});
