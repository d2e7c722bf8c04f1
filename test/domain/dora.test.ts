import { expect, test } from 'vitest';
import { type DeliveryFact, deliveryOf } from '../../src/domain/dora.ts';

const minute = 60_000;

/** Takes a minute, and ends so many minutes after the beginning. */
function fact(at: number, changes: Partial<DeliveryFact> = {}): DeliveryFact {
  const [startedAt, endedAt] = [new Date((at - 1) * minute), new Date(at * minute)];
  return {
    ...{ targets: ['cart'], outcome: 'succeeded', kind: 'change', startedAt, endedAt, leadTimesMs: [] },
    ...changes,
  };
}

test('nothing is measured where nothing was deployed', () => {
  expect(deliveryOf([], 30)).toEqual({
    ...{ deployments: 0, deploymentsPerDay: 0, leadTimeMs: null },
    ...{ changeFailureRatio: null, recoveryMs: null, reworkRatio: null },
  });
});

test('every commit of every healthy change counts for the lead time, none of one that failed', () => {
  const facts = [
    fact(1, { leadTimesMs: [1 * minute, 9 * minute] }),
    fact(2, { leadTimesMs: [90 * minute], outcome: 'failed' }),
    fact(3, { leadTimesMs: [3 * minute, 4 * minute] }),
  ];

  expect(deliveryOf(facts, 2)).toMatchObject({
    ...{ deployments: 2, deploymentsPerDay: 1, leadTimeMs: 3.5 * minute },
  });
});

test('a change has failed when it was judged bad, taken back, or mended by a hotfix; each has its recovery', () => {
  const facts = [
    fact(10, { outcome: 'failed' }),
    // Of another workload: no recovery.
    fact(11, { targets: ['web'] }),
    // Recovers the first after 10 minutes, and is taken back itself.
    fact(20),
    fact(41, { kind: 'way-back' }),
    fact(60),
    fact(70, { kind: 'hotfix' }),
    fact(80, { kind: 'change' }),
  ];

  const found = deliveryOf(facts, 30);

  // 10, 20 and 60, of all but the way back.
  expect(found.changeFailureRatio).toBe(3 / 6);
  // 10, 1 and 1 minutes.
  expect(found.recoveryMs).toBe(minute);
  expect(found.reworkRatio).toBe(2 / 7);
});

test('a hotfix a day later, or after a rollout that failed in between, says nothing of what it mends long after', () => {
  const day = 24 * 60;
  const late = [fact(1), fact(day + 10, { kind: 'hotfix' })];
  const between = [fact(1), fact(10, { outcome: 'failed' }), fact(20, { kind: 'hotfix' })];

  expect(deliveryOf(late, 30).changeFailureRatio).toBe(0);
  expect(deliveryOf(between, 30).changeFailureRatio).toBe(2 / 3);
});
