import { expect, test } from 'vitest';
import type { ScheduleTrigger } from '../../src/domain/triggers.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { waitFor } from '../support/wait-for.ts';
import { type StartedBy, startedBy, startedPipeline } from './starter-under-test.ts';

/** Due once a day: last at the full minute that was `minutes` ago. */
function dueBefore(minutes: number): string {
  const at = new Date(Date.now() - minutes * 60_000);
  return `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
}

function nightly(cron: string, more: Partial<ScheduleTrigger> = {}): CatalogueEntry {
  const schedule: ScheduleTrigger = { cron, timezone: 'UTC', branch: null, missed: 'once', ...more };
  return startedPipeline('nightly', { schedule });
}

/** As if servers had followed this schedule until an hour ago. */
async function followedBefore(shop: StartedBy, clock: string): Promise<void> {
  const hourAgo = new Date(Date.now() - 3_600_000);
  await shop.db
    .insertInto('schedule')
    .values({ pipeline: 'nightly', clock, handled_until: hourAgo })
    .execute();
}

test('a time that has come makes one run of the newest revision, however many servers look', async () => {
  const cron = dueBefore(0);
  await using shop = await startedBy([nightly(cron)]);
  await followedBefore(shop, `${cron} UTC`);
  await shop.subversion.commit({ files: { 'trunk/a.txt': '2' } });

  await Promise.all([shop.start(), shop.start(), shop.start()]);

  expect(await shop.runs(1)).toEqual(['nightly trunk r2 schedule']);
  const event = await shop.db.selectFrom('event').selectAll().executeTakeFirstOrThrow();
  expect(event).toMatchObject({ source: 'schedule', state: 'handled', body: { pipeline: 'nightly' } });
  expect(shop.triggers.delivered).toHaveLength(1);
});

test('times that were missed while no server was up are made up for by one run, of the branch that is named', async () => {
  await using shop = await startedBy([nightly('*/10 * * * *', { branch: 'branches/one' })]);
  await followedBefore(shop, '*/10 * * * * UTC');

  await shop.start();

  expect(await shop.runs(1)).toEqual(['nightly branches/one r1 schedule']);
});

test('with "missed: skip" a missed time makes no run and is on record', async () => {
  const cron = dueBefore(10);
  await using shop = await startedBy([nightly(cron, { missed: 'skip' })]);
  await followedBefore(shop, `${cron} UTC`);

  await shop.start();

  const event = await waitFor(() => shop.db.selectFrom('event').selectAll().executeTakeFirst(), {
    what: 'the event of the missed time',
  });
  expect(event).toMatchObject({ state: 'handled', body: { isSkipped: true } });
  expect(await shop.runs(0)).toEqual([]);
});

test('a schedule that is new, or has another clock than before, counts from now on', async () => {
  await using shop = await startedBy([nightly(dueBefore(10))]);
  await followedBefore(shop, '0 0 1 1 * UTC');

  await shop.start();

  await waitFor(
    async () => {
      const row = await shop.db.selectFrom('schedule').selectAll().executeTakeFirstOrThrow();
      return row.handled_until.getTime() > Date.now() - 600_000;
    },
    { what: 'the schedule to be known' },
  );
  expect(await shop.runs(0)).toEqual([]);
});

test('a schedule that was followed while the clock was years ahead goes on once the clock is right', async () => {
  await using shop = await startedBy([nightly('* * * * *')]);
  await shop.db
    .insertInto('schedule')
    .values({ pipeline: 'nightly', clock: '* * * * * UTC', handled_until: '2126-01-01T00:00:00Z' })
    .execute();
  const handledUntil = async () =>
    (await shop.db.selectFrom('schedule').selectAll().executeTakeFirstOrThrow()).handled_until.getTime();

  const startedAt = Date.now();
  await shop.start();
  await waitFor(async () => (await handledUntil()) <= Date.now(), { what: 'the schedule to count from now' });

  expect(await handledUntil()).toBeGreaterThanOrEqual(startedAt - 1_000);
  expect(await shop.runs(0)).toEqual([]);
});

test('a repository that is away delays the run until it is back', async () => {
  const cron = dueBefore(0);
  await using shop = await startedBy([nightly(cron)]);
  await followedBefore(shop, `${cron} UTC`);
  await shop.subversion.stop();
  await shop.start();
  await waitFor(
    () => shop.db.selectFrom('event').select('id').where('error', 'is not', null).executeTakeFirst(),
    {
      what: 'the first try',
    },
  );

  await shop.subversion.start();

  expect(await shop.runs(1)).toEqual(['nightly trunk r1 schedule']);
});

test('a branch that is gone makes no run, and the event says so', async () => {
  const cron = dueBefore(0);
  await using shop = await startedBy([nightly(cron, { branch: 'branches/gone' })]);
  await followedBefore(shop, `${cron} UTC`);

  await shop.start();

  const event = await waitFor(
    () => shop.db.selectFrom('event').selectAll().where('state', '=', 'failed').executeTakeFirst(),
    { what: 'the event to fail' },
  );
  expect(event.error).toContain('branches/gone does not exist');
});
