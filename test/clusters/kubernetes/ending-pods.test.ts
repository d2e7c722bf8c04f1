import { expect, test } from 'vitest';
import { complete, container, deployment, judgeAll, look, pod, ready, start } from './looks.ts';

const old = (changes: { finalizers?: string[] }, status = container({ running: {} })) => {
  const leaving = pod('old', status, { deployId: 'd1' });
  Object.assign(leaving.metadata, {
    ...{ deletionTimestamp: '2026-01-01T10:00:00Z', deletionGracePeriodSeconds: 20 },
    ...changes,
  });
  return leaving;
};
const after = (seconds: number) => ({ now: start + seconds * 1000 });

test('an old pod that its node does not end keeps nobody waiting without a word', () => {
  const early = judgeAll(look(deployment(), [old({})]), look(deployment(), [old({})], after(45)));
  const late = judgeAll(look(deployment(), [old({})]), look(deployment(), [old({})], after(51)));

  expect(early).toMatchObject({ state: 'waiting', troubles: [] });
  expect(late).toMatchObject({
    state: 'waiting',
    troubles: [
      {
        trouble: {
          class: 'incomplete',
          message: 'pod old does not end: its grace of 20 s is over, and node none has not ended it',
        },
      },
    ],
  });
});

test('a pod that only a finalizer keeps is named at once, also when the rollout does not wait for it', () => {
  const ended = container({ terminated: { exitCode: 0 } });
  const held = old({ finalizers: ['example.com/hold'] }, ended);

  expect(judgeAll(look(deployment(), [held]))).toMatchObject({
    troubles: [{ trouble: { message: 'pod old does not end: kept by its finalizer example.com/hold' } }],
  });
  expect(judgeAll(look(deployment({ status: complete }), [pod('new', ready), held]))).toMatchObject({
    state: 'healthy',
    notes: ['pod old does not end: kept by its finalizer example.com/hold'],
  });
});

test('a pod with a finalizer may take the time of its grace to end', () => {
  const judgement = judgeAll(
    look(deployment({ status: complete }), [pod('new', ready), old({ finalizers: ['a/b'] })]),
  );

  expect(judgement).toMatchObject({ state: 'healthy', notes: [] });
});

test('what lacks room has its time from when the pods that end, in the grace they have, have left theirs', () => {
  const unplaced = pod('new', {
    phase: 'Pending',
    conditions: [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '1 Insufficient cpu.' },
    ],
  });
  const ending = old({});
  Object.assign(ending.metadata, { deletionGracePeriodSeconds: 300 });
  const drained = [
    look(deployment(), [unplaced, ending]),
    look(deployment(), [unplaced, ending], after(250)),
    look(deployment(), [unplaced], after(251)),
  ];

  expect(judgeAll(...drained.slice(0, 2))).toMatchObject({
    state: 'waiting',
    recheckAt: Number.POSITIVE_INFINITY,
    troubles: [{ trouble: { class: 'unschedulable' } }],
  });
  expect(judgeAll(...drained)).toMatchObject({ state: 'waiting', recheckAt: start + 371_000 });
  expect(judgeAll(...drained, look(deployment(), [unplaced], after(371)))).toMatchObject({ state: 'failed' });
});
