import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cronMistake, newestTick, nextTick, timezoneMistake } from '../../src/domain/schedule.ts';

/** The next `count` times after `from`, as UTC to the minute; `clock` is `expression | time zone`. */
function ticks(clock: string, from: string, count: number): string[] {
  const [cron = '', timezone = ''] = clock.split(' | ');
  const found: string[] = [];
  let at = new Date(from);
  for (let index = 0; index < count; index += 1) {
    const tick = nextTick({ cron, timezone }, at);
    if (tick === null) return found;
    found.push(tick.toISOString().slice(0, 16));
    at = tick;
  }
  return found;
}

describe('a schedule', () => {
  test('is due by the clock of its own time zone', () => {
    expect(ticks('0 2 * * * | Asia/Shanghai', '2026-03-01T00:00Z', 2)).toEqual([
      '2026-03-01T18:00',
      '2026-03-02T18:00',
    ]);
  });

  test('keeps its time of day when the clocks change', () => {
    expect(ticks('0 6 * * * | Europe/Berlin', '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T05:00',
      '2026-03-29T04:00',
      '2026-03-30T04:00',
    ]);
  });

  test('is due once, when the clocks have jumped, at a time that they jump over', () => {
    expect(ticks('30 2 * * * | Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    // Midnight itself is jumped over.
    expect(ticks('0 0 * * * | America/Sao_Paulo', '2018-11-03T12:00Z', 2)).toEqual([
      '2018-11-04T03:00',
      '2018-11-05T02:00',
    ]);
  });

  test('is due once, the first time, at a time that the clocks go through twice', () => {
    expect(ticks('30 2 * * * | Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    // Half an hour is gone through twice.
    expect(ticks('45 1 * * * | Australia/Lord_Howe', '2026-04-04T00:00Z', 2)).toEqual([
      '2026-04-04T14:45',
      '2026-04-05T15:15',
    ]);
  });

  test('of several fixed times is due at each of them as at a single one', () => {
    expect(ticks('30 2,14 * * * | Europe/Berlin', '2026-03-28T14:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-29T12:30',
    ]);
    expect(ticks('15,45 2 * * * | Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:15',
    ]);
    expect(ticks('0,30 2 * * 0 | Europe/Berlin', '2026-10-24T12:00Z', 3)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-11-01T01:00',
    ]);
  });

  test('of every quarter of an hour keeps its rhythm through both changes', () => {
    for (const from of ['2026-03-29T00:00Z', '2026-10-25T00:00Z']) {
      const found = ticks('*/15 * * * * | Europe/Berlin', from, 12).map((tick) => Date.parse(`${tick}Z`));

      const gaps = found.slice(1).map((tick, index) => tick - (found[index] ?? 0));
      expect(new Set(gaps)).toEqual(new Set([15 * 60_000]));
    }
  });
});

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Shanghai'];
const field = (low: number, high: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: low, max: high }).map(String),
    fc.integer({ min: 2, max: 20 }).map((step) => `*/${step}`),
    fc
      .uniqueArray(fc.integer({ min: low, max: high }), { minLength: 1, maxLength: 3 })
      .map((list) => list.join(',')),
  );
const clock = fc.record({
  cron: fc.tuple(field(0, 59), field(0, 23)).map(([minute, hour]) => `${minute} ${hour} * * *`),
  timezone: fc.constantFrom(...zones),
});
/** Around the changes of the clocks, where things go wrong. */
const moment = fc
  .tuple(
    fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-04', '2026-10-03', '2026-10-25', '2026-11-01'),
    fc.integer({ min: -24 * 60, max: 48 * 60 }),
  )
  .map(([day, minutes]) => new Date(Date.parse(day) + minutes * 60_000));

test('whenever somebody looks, each time comes once and in order', () => {
  fc.assert(
    fc.property(clock, moment, fc.integer({ min: 1, max: 1440 }), (given, start, minutes) => {
      const between = new Date(start.getTime() + minutes * 60_000);
      const next = nextTick(given, start);
      const later = nextTick(given, between);

      expect(next?.getTime()).toBeGreaterThan(start.getTime());
      if (next !== null && next > between) expect(later).toEqual(next);
      else expect(later?.getTime()).toBeGreaterThan(next?.getTime() ?? 0);
    }),
    { numRuns: 300 },
  );
});

test('the newest time of a span is the one after which none follows within it', () => {
  fc.assert(
    fc.property(clock, moment, fc.integer({ min: 1, max: 7 * 1440 }), (given, until, minutes) => {
      const after = new Date(until.getTime() - minutes * 60_000);
      const newest = newestTick(given, { after, until });

      const following = nextTick(given, newest ?? after);
      expect(following === null || following > until).toBe(true);
      if (newest === null) return;
      expect(newest > after && newest <= until).toBe(true);
      expect(nextTick(given, new Date(newest.getTime() - 1))).toEqual(newest);
    }),
    { numRuns: 200 },
  );
});

test('what is no cron expression, never comes, or is no time zone is told with a way out', () => {
  const wrong = ['', '61 * * * *', '* * * *', '* * * * * *', 'H 2 * * *', '0 0 30 2 *'];

  expect(wrong.map(cronMistake)).toEqual([
    ...Array(5).fill(expect.stringMatching(/^this is no cron expression\n/)),
    'this never comes',
  ]);
  expect(['@daily', '0 2 * * 1-5', '0 0 L * *'].map(cronMistake)).toEqual([null, null, null]);
  expect(timezoneMistake('Mars/Olympus')).toMatch(/^this is no time zone\n/);
  for (const zone of ['CST', 'cst', 'IST', 'BST'])
    expect(timezoneMistake(zone), zone).toContain('several time zones');
  for (const zone of ['Asia/Shanghai', 'UTC', 'CET', 'PRC']) expect(timezoneMistake(zone), zone).toBeNull();
});
