import { rename } from 'node:fs/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createRun } from '../../src/runs/create-run.ts';
import { runQuietBranches } from '../../src/triggers/run-quiet-branches.ts';
import { startDatabase } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, prepareTriggers, runsIn, type TriggersOptions } from './triggers-under-test.ts';

/** A shop that has been read up to r5, by polls or, where these are rare, by one hook; and a backup of it at r3. */
async function shopWithBackup(more: Partial<TriggersOptions> = {}) {
  const stack = new AsyncDisposableStack();
  const postgres = stack.use(await startDatabase());
  const subversion = stack.use(await startSubversion());
  const folder = stack.use(await temporaryFolder());
  await subversion.commit({ files: { 'trunk/a.txt': '1' } });
  const options = { databaseUrl: postgres.url, subversion, pipelines: [pipelineOf('app')], pollMs: 100 };
  const triggers = stack.use(await prepareTriggers({ ...options, ...more }));
  const { db } = triggers.store;
  const reached = (revision: number, generation = 1) =>
    waitFor(
      async () => {
        const row = await db.selectFrom('watcher').selectAll().executeTakeFirst();
        return row?.cursor === revision && row.generation === generation;
      },
      { what: `r${revision} of generation ${generation}` },
    );
  const isPolled = more.pollMs === undefined;
  await triggers.watch();
  await reached(1);
  for (const revision of [2, 3, 4, 5]) {
    if (revision === 4) await runCommand('svnadmin', ['hotcopy', subversion.path, `${folder.path}/behind`]);
    await subversion.commit({ files: { 'trunk/a.txt': `${revision}` } });
    if (isPolled) await reached(revision);
  }
  if (!isPolled) await triggers.hook(5);
  await reached(5);
  return {
    ...{ db, subversion, triggers, reached },
    /** Puts the backup, or what was there before it, in the place of what is served. */
    async swap(from: 'behind' | 'ahead') {
      await rename(subversion.path, `${folder.path}/${from === 'behind' ? 'ahead' : 'behind'}`);
      await rename(`${folder.path}/${from}`, subversion.path);
    },
    /** As if every hook had come two minutes ago. */
    async age() {
      await db
        .updateTable('event')
        .set({ received_at: new Date(Date.now() - 120_000) })
        .execute();
    },
    async decisions(pipeline: string): Promise<string[]> {
      const rows = await db
        .selectFrom('decision')
        .innerJoin('change', 'change.id', 'change_id')
        .select(['generation', 'revision', 'verdict', 'filters'])
        .where('pipeline', '=', pipeline)
        .orderBy('generation')
        .orderBy('move')
        .execute();
      return rows.map(({ generation, revision, verdict, filters }) => {
        const why = filters.find(({ passed }) => !passed);
        return `${generation}: r${revision} ${verdict}${why === undefined ? '' : ` ${why.actual}`}`;
      });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const again = 'had its run before the repository was watched anew';

test('a mirror that lagged for too long and catches up makes no run twice, and says why; what still waited runs', async () => {
  await using shop = await shopWithBackup({
    ...{ mirrorPatienceMs: 500, pipelines: [pipelineOf('app'), pipelineOf('slow', { quietMs: 3_600_000 })] },
  });

  await shop.swap('behind');
  await shop.reached(3, 2);
  await shop.swap('ahead');
  await shop.reached(5, 2);
  await shop.subversion.commit({ files: { 'trunk/a.txt': '6' } });
  await shop.reached(6, 2);
  const wait_until = sql<Date>`wait_until - interval '1 hour'`;
  await shop.db.updateTable('decision').set({ wait_until }).where('verdict', '=', 'wait').execute();
  const pipelines = [pipelineOf('slow', { quietMs: 3_600_000 })];
  const dependencies = {
    ...{ db: shop.db, createRun, findPipeline: () => pipelines[0], layoutOf: () => ['standard'] },
    ...{ sourceControlOf: () => shop.triggers.scm, deliverRun: async () => {}, wakeRun: async () => {} },
    logger: pino({ level: 'silent' }),
  };
  await runQuietBranches(dependencies);

  const app = [2, 3, 4, 5, 6].map((revision) => `app trunk r${revision}`);
  expect(await runsIn(shop.triggers.store)).toEqual([...app, 'slow trunk r6']);
  expect((await shop.decisions('app')).slice(4)).toEqual([
    ...[`2: r4 skip ${again}`, `2: r5 skip ${again}`, '2: r6 run'],
  ]);
  expect(await shop.decisions('slow')).toEqual([
    ...['1: r4 skip replaced while it waited', '1: r5 skip replaced while it waited'],
    ...[2, 3, 4, 5].map((revision) => `2: r${revision} skip r6 came`),
    '2: r6 run',
  ]);
});

test('what waited for a quiet branch and is still there after a restore goes on waiting', async () => {
  await using shop = await shopWithBackup({
    ...{ mirrorPatienceMs: 500, pipelines: [pipelineOf('slow', { quietMs: 3_600_000 })] },
  });

  await shop.swap('behind');
  await shop.reached(3, 2);

  expect(await shop.decisions('slow')).toEqual(['1: r4 wait', '1: r5 wait', '2: r2 wait', '2: r3 wait']);
});

test('a repository restored while its server was away is seen also when it has as many revisions as before', async () => {
  await using shop = await shopWithBackup();

  await shop.subversion.stop();
  const isFailing = async () => {
    const row = await shop.db.selectFrom('watcher').select('state').executeTakeFirst();
    return row?.state === 'failing';
  };
  await waitFor(isFailing, { what: 'the server to be missed' });
  await shop.swap('behind');
  for (const revision of [4, 5])
    await shop.subversion.commit({ files: { 'trunk/a.txt': `another ${revision}` } });
  await shop.subversion.start();
  await shop.reached(5, 2);

  const runs = [2, 3, 4, 5, 4, 5].map((revision) => `app trunk r${revision}`);
  expect(await runsIn(shop.triggers.store)).toEqual(runs);
});

test('a hook that tells once more of the revision that was read last makes the watcher look whether it is still that one', async () => {
  await using shop = await shopWithBackup({ pollMs: 60_000 });

  await shop.swap('behind');
  for (const revision of [4, 5])
    await shop.subversion.commit({ files: { 'trunk/a.txt': `another ${revision}` } });
  await shop.age();
  await shop.triggers.hook(5);
  await shop.reached(5, 2);

  const runs = [2, 3, 4, 5, 4, 5].map((revision) => `app trunk r${revision}`);
  expect(await runsIn(shop.triggers.store)).toEqual(runs);
});

test('while HEAD is lower than what was read a hook makes it be asked for, also one of a revision before that', async () => {
  await using shop = await shopWithBackup({ pollMs: 60_000 });
  const asked = () => shop.triggers.asked.filter((call) => call === 'identify').length;

  await shop.swap('behind');
  await shop.age();
  const before = asked();
  await shop.triggers.hook(5);
  // The next pause is 4 s.
  await waitFor(() => asked() >= before + 6, { what: 'the lower HEAD to be asked for some times' });
  const at = performance.now();
  await shop.triggers.hook(await shop.subversion.commit({ files: { 'trunk/a.txt': 'another 4' } }));
  await shop.reached(4, 2);

  expect(performance.now() - at).toBeLessThan(2_000);
});

test('a restore is on record with its alarm, or it is noticed once more', async () => {
  await using shop = await shopWithBackup({ mirrorPatienceMs: 500 });
  await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'no alarm now'; end $$`.execute(
    shop.db,
  );
  await sql`create trigger refuse before insert on event for each row execute function refuse()`.execute(
    shop.db,
  );

  await shop.swap('behind');
  const isRefused = async () => {
    const row = await shop.db.selectFrom('watcher').select('last_error').executeTakeFirst();
    return row?.last_error?.includes('no alarm now') === true;
  };
  await waitFor(isRefused, { what: 'the alarm to be refused' });
  await sql`drop trigger refuse on event`.execute(shop.db);
  await shop.reached(3, 2);

  const alarms = await shop.db
    .selectFrom('event')
    .select('body')
    .where('delivery_key', 'like', 'alarm:%')
    .execute();
  expect(alarms).toEqual([{ body: { alarm: expect.stringContaining('HEAD went back from r5 to r3') } }]);
});
