import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { complete, container, deployment, judgeAll, look, pod, ready, start } from './looks.ts';

test('a status older than what was applied decides nothing', () => {
  const stale = deployment({ status: { ...complete, observedGeneration: 1 } });

  expect(judgeAll(look(stale, [pod('a', ready)]))).toMatchObject({ state: 'waiting' });
});

test('all new pods available and the old ones gone is healthy, since it was first seen', () => {
  const done = deployment({ status: complete });

  const judgement = judgeAll(
    look(done, [pod('a', ready)]),
    look(done, [pod('a', ready)], { now: start + 500 }),
  );

  expect(judgement).toEqual({ state: 'healthy', since: start, notes: [] });
});

test.for<[string, JsonObject]>([
  ['old pods that still end', { ...complete, replicas: 2 }],
  ['a new pod that is not made yet', { ...complete, updatedReplicas: 0 }],
  ['a pod that is not available', { ...complete, availableReplicas: 0 }],
  ['a missing condition', { ...complete, conditions: [] }],
  ['what is not marked as available', { ...complete, conditions: complete.conditions.slice(1) }],
  ['what is not marked as complete', { ...complete, conditions: complete.conditions.slice(0, 1) }],
])('%s is not done', ([, status]) => {
  expect(judgeAll(look(deployment({ status })))).toMatchObject({ state: 'waiting' });
});

test('a workload that was deleted, or made anew, is lost', () => {
  expect(judgeAll(look(null))).toMatchObject({ state: 'lost' });
  expect(judgeAll(look(deployment({ metadata: { uid: 'u2' } })))).toMatchObject({ state: 'lost' });
});

test('a newer template is superseded, and scaling is not', () => {
  const foreign = deployment({ metadata: { generation: 3 }, spec: { template: {} } });
  const scaled = deployment({ metadata: { generation: 3 }, spec: { replicas: 5 } });

  expect(judgeAll(look(foreign))).toMatchObject({ state: 'superseded' });
  expect(judgeAll(look(scaled))).toMatchObject({ state: 'waiting', text: '1 of 5 new pods made' });
});

test('replicas that an autoscaler adds in the middle are waited for, too', () => {
  const grown = { metadata: { generation: 3 }, spec: { replicas: 2 } };
  const status = { ...complete, observedGeneration: 3 };
  const both = { ...status, replicas: 2, updatedReplicas: 2 };
  const one = [pod('a', ready)];

  expect(
    judgeAll(look(deployment({ status: complete }), one), look(deployment({ ...grown, status }), one)),
  ).toMatchObject({
    state: 'waiting',
    text: '1 of 2 new pods made',
  });
  expect(judgeAll(look(deployment({ ...grown, status: { ...both, availableReplicas: 1 } })))).toMatchObject({
    text: '1 of 2 pods available',
  });
  expect(judgeAll(look(deployment({ ...grown, status: { ...both, availableReplicas: 2 } })))).toMatchObject({
    state: 'healthy',
  });
});

test('a paused workload is suspended, one with no replicas is done with a note', () => {
  expect(judgeAll(look(deployment({ spec: { paused: true } })))).toMatchObject({ state: 'suspended' });
  const none = deployment({ spec: { replicas: 0 }, status: { replicas: 0, updatedReplicas: 0 } });
  expect(judgeAll(look(none))).toMatchObject({
    state: 'healthy',
    notes: ['it has 0 replicas: nothing runs'],
  });
});

test('a missed deadline counts when it is newer than the rollout, and says how far the pods have come', () => {
  const missedAt = (lastTransitionTime: string) => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', lastTransitionTime },
    ];
    return look(deployment({ status: { conditions } }), [pod('a', {})]);
  };

  expect(judgeAll(missedAt('2026-01-01T09:59:59Z'))).toMatchObject({ state: 'waiting' });
  expect(judgeAll(missedAt('2026-01-01T10:10:00Z'))).toMatchObject({
    state: 'timed-out',
    text: expect.stringMatching(/^0 of 1 .* \(1 starting\); no progress for \d+ s/),
  });
});

test('a restart after everything was healthy fails at once', () => {
  const healthy = look(deployment({ status: complete }), [
    pod('a', { ...ready, ...container({ running: {} }) }),
  ]);
  const relapse = look(deployment(), [
    pod('a', {
      ...container({ running: {} }, { restartCount: 1, lastState: { terminated: { exitCode: 3 } } }),
    }),
  ]);

  expect(judgeAll(healthy, relapse)).toMatchObject({
    state: 'failed',
    troubles: [{ trouble: { message: 'container `api` exits 3, after it had been ready' } }],
  });
});

test('a pod whose image was changed on the way fails, one that names the digest does not', () => {
  const rewritten = pod('a', ready, { spec: { image: 'mirror.example.com/other:1' } });

  expect(judgeAll(look(deployment({ status: complete }), [rewritten]))).toMatchObject({
    state: 'failed',
    troubles: [{ trouble: { class: 'wrong-image' } }],
  });
});
