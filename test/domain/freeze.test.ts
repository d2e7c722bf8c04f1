import { expect, test } from 'vitest';
import { type FreezeWindow, frozenAt, frozenText, localTimeMistake } from '../../src/domain/freeze.ts';

const yearEnd: FreezeWindow = {
  ...{ from: '2026-12-24', to: '2027-01-04T08:00', timezone: 'Europe/Berlin', reason: 'year end' },
};
const weekend: FreezeWindow = {
  ...{ cron: '0 18 * * 5', lastsMs: 62 * 3_600_000, timezone: 'Asia/Shanghai', reason: 'weekend' },
};

test.each([
  ['2026-12-23T22:59:59Z', false],
  ['2026-12-23T23:00:00Z', true],
  ['2027-01-04T06:59:59Z', true],
  ['2027-01-04T07:00:00Z', false],
])('a window holds from its beginning up to its end, by the clocks of its place: %s', (now, isFrozen) => {
  expect(frozenAt([yearEnd], new Date(now)) !== null).toBe(isFrozen);
});

test.each([
  ['2026-11-27T09:59:00Z', false],
  ['2026-11-27T10:00:00Z', true],
  ['2026-11-29T23:59:00Z', true],
  ['2026-11-30T00:00:00Z', false],
])('a repeated window holds as long as it lasts, each time: %s', (now, isFrozen) => {
  expect(frozenAt([weekend], new Date(now)) !== null).toBe(isFrozen);
});

test('of two windows the one that ends last is told, in the time of its place', () => {
  // A Friday evening within the other window.
  const frozen = frozenAt([weekend, yearEnd], new Date('2026-12-25T12:00:00Z'));

  expect(frozen && frozenText(frozen)).toBe('until 2027-01-04 08:00 (Europe/Berlin): year end');
});

test('without windows nothing is ever frozen', () => {
  expect(frozenAt([], new Date())).toBeNull();
});

test.each(['2026-13-01', '2026-12-24T18', '24.12.2026', '2026-12-24T18:00Z'])(
  '%s is no local time',
  (text) => {
    expect(localTimeMistake(text)).toContain('this is no local time');
  },
);
