import { expect, test } from 'vitest';
import { listWatchers } from '../../src/store/list-watchers.ts';
import { startDatabase } from '../support/postgres.ts';
import { startSubversion } from '../support/subversion.ts';
import { waitFor } from '../support/wait-for.ts';
import { loadCommits } from './load-commits.ts';
import { cursorIn, pipelineOf, prepareTriggers, runsIn, type Triggers } from './triggers-under-test.ts';

async function services() {
  const stack = new AsyncDisposableStack();
  const [postgres, subversion] = await Promise.all([startDatabase(), startSubversion()]);
  stack.use(postgres);
  stack.use(subversion);
  await subversion.commit({ files: { 'trunk/app/a.txt': '1' } });
  return { databaseUrl: postgres.url, subversion, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function reached({ store }: Triggers, cursor: number): Promise<void> {
  await waitFor(async () => (await cursorIn(store)) === cursor, { what: `the cursor to reach r${cursor}` });
}

/** As many revisions as it is told that are known of and not stored. */
async function behind({ store }: Triggers, revisions: number): Promise<void> {
  await waitFor(async () => (await listWatchers(store.db)).every((row) => row.behind === revisions), {
    what: `${revisions} revisions to be missing`,
  });
}

test('history before the first contact starts nothing', async () => {
  await using given = await services();
  await using triggers = await prepareTriggers({ ...given, pipelines: [pipelineOf('app')] });

  await triggers.watch();
  await reached(triggers, 1);

  expect(await runsIn(triggers.store)).toEqual([]);
});

test('a hook that came before the first contact still makes its run', async () => {
  await using given = await services();
  await using triggers = await prepareTriggers({ ...given, pipelines: [pipelineOf('app')] });
  const revision = await given.subversion.commit({ files: { 'trunk/app/a.txt': '2' } });
  await given.subversion.commit({ files: { 'trunk/app/a.txt': '3' } });
  await triggers.hook(revision);

  await triggers.watch();
  await reached(triggers, 3);

  expect(await runsIn(triggers.store)).toEqual(['app trunk r2', 'app trunk r3']);
});

test('a hundred concurrent copies of one hook make one event, one run and one delivery, at one request to the server', async () => {
  await using given = await services();
  await using triggers = await prepareTriggers({ ...given, pipelines: [pipelineOf('app')] });
  await triggers.watch();
  await reached(triggers, 1);
  triggers.asked.length = 0;
  const revision = await given.subversion.commit({ files: { 'trunk/app/a.txt': '2' } });

  const receipts = await Promise.all(Array.from({ length: 100 }, () => triggers.hook(revision)));
  await waitFor(() => triggers.delivered.length > 0, { what: 'the run to be delivered' });
  await triggers.hook(revision);
  await reached(triggers, revision);

  expect(new Set(receipts.map((receipt) => 'eventId' in receipt && receipt.eventId)).size).toBe(1);
  expect(receipts.filter(({ kind }) => kind === 'stored')).toHaveLength(1);
  expect(await runsIn(triggers.store)).toEqual([`app trunk r${revision}`]);
  expect(triggers.delivered).toHaveLength(1);
  expect(triggers.asked).toEqual(['revisions']);
});

test('hooks that come in the wrong order make runs in the order of the revisions', async () => {
  await using given = await services();
  await using triggers = await prepareTriggers({ ...given, pipelines: [pipelineOf('app')] });
  await triggers.watch();
  await reached(triggers, 1);
  for (const content of ['2', '3', '4'])
    await given.subversion.commit({ files: { 'trunk/app/a.txt': content } });

  for (const revision of [4, 2, 3]) await triggers.hook(revision);
  await reached(triggers, 4);

  expect(await runsIn(triggers.store)).toEqual(['app trunk r2', 'app trunk r3', 'app trunk r4']);
});

test('a hook for a revision that does not exist starts nothing, and does not keep the next commit from its run', async () => {
  await using given = await services();
  await using triggers = await prepareTriggers({ ...given, pipelines: [pipelineOf('app')] });
  await triggers.watch();
  await reached(triggers, 1);

  await triggers.hook(999_999);
  await waitFor(() => triggers.asked.filter((call) => call === 'identify').length >= 2, {
    what: 'HEAD to be asked for because of the hook',
  });
  const revision = await given.subversion.commit({ files: { 'trunk/app/a.txt': '2' } });
  await triggers.hook(revision);
  await reached(triggers, revision);

  expect(await runsIn(triggers.store)).toEqual([`app trunk r${revision}`]);
});

test('a hook that is ahead of a lagging server is followed up until its revision is there', async () => {
  await using given = await services();
  await using triggers = await prepareTriggers({ ...given, pipelines: [pipelineOf('app')] });
  await triggers.watch();
  await reached(triggers, 1);

  await triggers.hook(2);
  await behind(triggers, 1);
  await given.subversion.commit({ files: { 'trunk/app/a.txt': '2' } });
  await reached(triggers, 2);
  await behind(triggers, 0);

  expect(await runsIn(triggers.store)).toEqual(['app trunk r2']);
});

test('polling finds what no hook announced, and says so', async () => {
  await using given = await services();
  await using triggers = await prepareTriggers({ ...given, pipelines: [pipelineOf('app')], pollMs: 100 });
  await triggers.watch();
  await reached(triggers, 1);

  const revision = await given.subversion.commit({ files: { 'trunk/app/a.txt': '2' } });
  await reached(triggers, revision);

  expect(await runsIn(triggers.store)).toEqual(['app trunk r2']);
  const events = await triggers.store.db.selectFrom('event').select(['source', 'body']).execute();
  expect(events).toEqual([{ source: 'poll', body: { found: ['2'] } }]);
});

test('two pipelines of one repository cost one process per idle cycle', async () => {
  await using given = await services();
  const pipelines = [pipelineOf('app'), pipelineOf('web')];
  await using triggers = await prepareTriggers({ ...given, pipelines, pollMs: 50 });

  await triggers.watch();
  await waitFor(() => triggers.asked.length >= 5, { what: 'five idle cycles' });

  const polls = await triggers.store.db.selectFrom('watcher').select('state').executeTakeFirstOrThrow();
  expect(polls.state).toBe('ok');
  expect(new Set(triggers.asked)).toEqual(new Set(['identify']));
});

test('1,500 commits made while nobody watched are read in order after the restart, each once', async () => {
  await using given = await services();
  const pipelines = [pipelineOf('every'), pipelineOf('latest', { revisions: 'latest' })];
  {
    await using before = await prepareTriggers({ ...given, pipelines });
    await before.watch();
    await reached(before, 1);
  }
  await loadCommits(given.subversion.path, { file: 'trunk/app/a.txt', from: 2, count: 1500 });

  await using after = await prepareTriggers({ ...given, pipelines });
  await after.watch();
  await waitFor(async () => (await cursorIn(after.store)) === 1501, { what: 'r1501', deadlineMs: 60_000 });

  const runs = await runsIn(after.store);
  const every = runs.filter((run) => run.startsWith('every'));
  expect(every).toEqual(Array.from({ length: 1500 }, (_, index) => `every trunk r${index + 2}`));
  expect(runs.filter((run) => run.startsWith('latest'))).toEqual([
    'latest trunk r501',
    'latest trunk r1001',
    'latest trunk r1501',
  ]);
  expect(after.asked).toEqual(['identify', 'revisions', 'revisions', 'revisions']);
}, 180_000);

test('a new pipeline does not replay history', async () => {
  await using given = await services();
  {
    await using before = await prepareTriggers({ ...given, pipelines: [pipelineOf('app')], pollMs: 100 });
    await before.watch();
    await reached(before, 1);
    await given.subversion.commit({ files: { 'trunk/app/a.txt': '2' } });
    await reached(before, 2);
  }

  const pipelines = [pipelineOf('app'), pipelineOf('new')];
  await using after = await prepareTriggers({ ...given, pipelines, pollMs: 100 });
  await after.watch();
  await given.subversion.commit({ files: { 'trunk/app/a.txt': '3' } });
  await reached(after, 3);

  expect((await runsIn(after.store)).toSorted()).toEqual(['app trunk r2', 'app trunk r3', 'new trunk r3']);
});

test('a server that is away is noted, and everything is read once it is back', async () => {
  await using given = await services();
  await using triggers = await prepareTriggers({ ...given, pipelines: [pipelineOf('app')], pollMs: 100 });
  await triggers.watch();
  await reached(triggers, 1);

  await given.subversion.stop();
  await given.subversion.commit({ files: { 'trunk/app/a.txt': '2' } });
  const failing = await waitFor(
    () =>
      triggers.store.db.selectFrom('watcher').selectAll().where('state', '=', 'failing').executeTakeFirst(),
    { what: 'the failure to be noted' },
  );
  await triggers.hook(2);
  await behind(triggers, 1);
  await given.subversion.start();
  await reached(triggers, 2);
  const back = await waitFor(
    () => triggers.store.db.selectFrom('watcher').selectAll().where('state', '=', 'ok').executeTakeFirst(),
    { what: 'the recovery to be noted' },
  );
  await behind(triggers, 0);

  expect(failing).toMatchObject({
    failures: 1,
    failing_since: expect.any(Date),
    last_error: expect.any(String),
  });
  expect(back).toMatchObject({ failing_since: null, last_error: null });
  expect(await runsIn(triggers.store)).toEqual(['app trunk r2']);
});

test('two servers that watch the same repository make one run of each commit', async () => {
  await using given = await services();
  const common = { ...given, pipelines: [pipelineOf('app')], pollMs: 50 };
  await using one = await prepareTriggers({ ...common, owner: 'one' });
  await using other = await prepareTriggers({ ...common, owner: 'other' });
  await Promise.all([one.watch(), other.watch()]);
  await reached(one, 1);

  for (const content of ['2', '3', '4', '5']) {
    const revision = await given.subversion.commit({ files: { 'trunk/app/a.txt': content } });
    await Promise.all([one.hook(revision), other.hook(revision)]);
  }
  await reached(one, 5);
  const count = () => one.delivered.length + other.delivered.length;
  await waitFor(() => count() >= 4, { what: 'the runs to be delivered' });

  expect(await runsIn(one.store)).toEqual([2, 3, 4, 5].map((revision) => `app trunk r${revision}`));
  expect(count()).toBe(4);
});
