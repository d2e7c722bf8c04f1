import { expect, test } from 'vitest';
import { Announcements } from '../../src/triggers/announcements.ts';
import { backoffMs, pollIntervalMs, restMs } from '../../src/triggers/poll-schedule.ts';

function announced(...revisions: (number | null)[]): Announcements {
  const announcements = new Announcements();
  for (const revision of revisions) {
    announcements.add({ eventId: `event-${revision}`, repository: 'shop', revision });
  }
  return announcements;
}

test('the newest announced revision after the cursor is the one to read up to', () => {
  expect(announced(4, 9, 7).newestAfter(3)).toBe(9);
  expect(announced(4, 9, 7).newestAfter(9)).toBeUndefined();
});

test('a hook without a revision makes HEAD be asked for', () => {
  const announcements = announced(4, null);

  expect(announcements.newestAfter(3)).toBeUndefined();
  announcements.readUpToHead(4, 0);

  expect(announcements.isEmpty).toBe(true);
});

test('a revision newer than HEAD is looked for again with growing pauses, and given up after a minute', () => {
  const announcements = announced(4, 9);

  const givenUpAtFirst = announcements.readUpToHead(4, 1_000);
  const pauses = [1_000, 3_000, 60_000].map((nowMs) => announcements.lookAgainInMs(nowMs));
  const givenUpBefore = announcements.readUpToHead(4, 60_999);
  const givenUp = announcements.readUpToHead(4, 61_000);

  expect(pauses).toEqual([250, 2_000, 10_000]);
  expect([givenUpAtFirst, givenUpBefore]).toEqual([[], []]);
  expect(givenUp).toMatchObject([{ eventId: 'event-9', revision: 9 }]);
  expect(announcements.isEmpty).toBe(true);
});

test('a revision that is missing does not stand in the way of a fresh hook', () => {
  const announcements = announced(999);
  announcements.readUpToHead(4, 0);

  announcements.add({ eventId: 'next', repository: 'shop', revision: 5 });

  expect(announcements.newestAfter(4)).toBe(5);
});

test('a mirror is behind what a hook announced, unless that is a number that no mirror can lag behind', () => {
  expect(announced(7, 9, 999_999_999).newestKnown(8)).toBe(9);
  expect(announced(7, 999_999_999).newestKnown(8)).toBe(8);
  expect(announced().newestKnown(8)).toBe(8);
});

test('of the hooks of a long outage the newest are remembered, however many came', () => {
  const announcements = new Announcements();
  for (let revision = 1; revision <= 300_000; revision += 1) {
    announcements.add({ eventId: `event-${revision}`, repository: 'shop', revision });
  }

  expect(announcements.newestAfter(0)).toBe(300_000);
  expect(announcements.eventOf(300_000)).toBe('event-300000');
  expect(announcements.eventOf(1)).toBeUndefined();
});

test('polling is rarer while hooks can be trusted, never more often than configured', () => {
  expect(pollIntervalMs({ pollMs: 60_000, areHooksTrusted: false })).toBe(60_000);
  expect(pollIntervalMs({ pollMs: 60_000, areHooksTrusted: true })).toBe(600_000);
  expect(pollIntervalMs({ pollMs: 300_000, areHooksTrusted: true })).toBe(900_000);
  expect(pollIntervalMs({ pollMs: 3_600_000, areHooksTrusted: true })).toBe(3_600_000);
});

test('pauses after failures double up to five minutes, scattered by a half', () => {
  expect([1, 2, 3].map((failures) => backoffMs(failures, 0))).toEqual([1_000, 2_000, 4_000]);
  expect(backoffMs(1, 0.999)).toBe(1_999);
  expect(backoffMs(1_000, 0)).toBe(150_000);
});

test('a repository that goes on not answering is asked less and less often, however many hooks come', () => {
  expect([0, 1, 2, 3, 4, 1_000].map(restMs)).toEqual([0, 1_000, 2_000, 4_000, 5_000, 5_000]);
});
