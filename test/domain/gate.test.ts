import { expect, test } from 'vitest';
import { comparedGate, type Gate, type GateAnswer, judgeGate, patienceOf } from '../../src/domain/gate.ts';
import { gates, toGates } from '../../src/domain/gate-schema.ts';

const gate: Gate = {
  ...{ name: 'errors', query: 'x', min: null, max: null, failures: 1 },
  ...{ everyMs: 1_000, delayMs: 0, patienceMs: 60_000 },
};
const values = (...all: number[]): GateAnswer => ({ kind: 'values', values: all });

/** What a gate with a baseline says of a value, by what was before. */
function judged(changes: Partial<Gate>, before: GateAnswer, now: GateAnswer) {
  const compared = comparedGate({ ...gate, ...changes }, before);
  return 'state' in compared ? compared : judgeGate(compared, now);
}

test('a gate with a baseline allows so many times as much as before, and says what that was', () => {
  const baseline = { minRatio: null, maxRatio: 1.5, ignoreBelow: 0 };

  expect(judged({ baseline }, values(0.1, 0.2), values(0.3))).toEqual({
    state: 'pass',
    text: 'gate errors: pass: 0.3 (wanted: at most 0.3, before it was 0.1 to 0.2)',
  });
  expect(judged({ baseline }, values(0.1, 0.2), values(0.31))).toMatchObject({ state: 'fail' });
});

test.for<[string, Partial<Gate>, number, number, 'pass' | 'fail']>([
  [
    'what may be ignored is fine, whatever it was',
    { baseline: { minRatio: null, maxRatio: 2, ignoreBelow: 0.01 } },
    ...([0, 0.01, 'pass'] as const),
  ],
  [
    'above that the ratio counts',
    { baseline: { minRatio: null, maxRatio: 2, ignoreBelow: 0.01 } },
    ...([0, 0.02, 'fail'] as const),
  ],
  [
    'less than a share of before is too little',
    { baseline: { minRatio: 0.8, maxRatio: null, ignoreBelow: 0 } },
    ...([100, 79, 'fail'] as const),
  ],
  [
    'a limit of its own counts beside the ratio',
    { max: 5, baseline: { minRatio: null, maxRatio: 2, ignoreBelow: 0 } },
    ...([4, 6, 'fail'] as const),
  ],
])('%s', ([, changes, before, now, state]) => {
  expect(judged(changes, values(before), values(now))).toMatchObject({ state });
});

test('where there was nothing before, only limits count; where nobody can say, it is an error', () => {
  const baseline = { minRatio: null, maxRatio: 1.5, ignoreBelow: 0 };
  const away: GateAnswer = { kind: 'error', message: 'no answer' };

  expect(judged({ baseline }, { kind: 'no-data' }, values(7))).toEqual({
    state: 'pass',
    text: 'gate errors: pass: 7 (wanted: nothing to compare it with)',
  });
  expect(judged({ baseline, max: 5 }, { kind: 'no-data' }, values(7))).toMatchObject({ state: 'fail' });
  expect(judged({ baseline }, away, values(0))).toEqual({
    state: 'error',
    text: 'gate errors: error: of what was before: no answer',
  });
});

test('no data and no answer may each have a patience of its own', () => {
  const read = (patience?: unknown) => {
    const written = gates.parse([
      { name: 'errors', query: 'x', max: 1, ...(patience !== undefined && { patience }) },
    ]);
    const [one] = toGates(written).gates ?? [];
    return one && [patienceOf(one, 'no-data'), patienceOf(one, 'error')];
  };

  expect(read()).toEqual([60_000, 60_000]);
  expect(read('2m')).toEqual([120_000, 120_000]);
  expect(read({ 'no-data': '2m', error: '30s' })).toEqual([120_000, 30_000]);
  expect(read({ error: '0s' })).toEqual([60_000, 0]);
});

test('a gate compares, or has a limit', () => {
  const accepts = (keys: object) => gates.safeParse([{ name: 'errors', query: 'x', ...keys }]).success;

  expect(accepts({ baseline: { 'max-ratio': 1.5 } })).toBe(true);
  expect(accepts({ baseline: {} })).toBe(false);
  expect(accepts({})).toBe(false);
});
