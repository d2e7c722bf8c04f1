import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepExternalUse } from '../../src/store/external-uses.ts';
import { explainEvent } from '../../src/triggers/explain-event.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { startDatabase } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { cursorIn, pipelineOf, prepareTriggers, runsIn } from './triggers-under-test.ts';

test('a commit in an external makes runs of the pipelines whose tree it is part of, and says why', async () => {
  await using shop = await watchedShop([
    pipelineOf('app', { path: 'app', paths: ['lib/**'] }),
    pipelineOf('docs', { path: 'app', paths: ['docs/**'] }),
    pipelineOf('web', { path: 'web' }),
  ]);
  await shop.change(['propset', 'svn:externals', '^/lib lib', 'trunk/app']);
  await shop.fetched('app');
  await shop.fetched('docs');

  const eventId = await shop.commit({ 'lib/b.txt': '2' });
  await shop.commit({ 'lib2/b.txt': '2' });

  expect(await runsIn(shop.store)).toEqual(['app trunk r3']);
  const explained = await explainEvent(shop.store.db, eventId);
  const decisions = explained?.changes.flatMap(({ branch, decisions }) =>
    decisions.map(({ pipeline, verdict, filters }) => {
      const { actual } = filters.find(({ filter }) => filter === 'paths') ?? {};
      return [branch, pipeline, verdict, actual];
    }),
  );
  const through = 'app/lib/b.txt added (an external: lib/b.txt)';
  expect(decisions).toEqual([
    ['trunk', 'app', 'run', through],
    ['trunk', 'docs', 'skip', through],
    ['trunk', 'web', 'skip', through],
  ]);
});

test('no run comes of an external that is pinned, or of a branch that is gone', async () => {
  await using shop = await watchedShop([
    pipelineOf('app', { path: 'app', branches: ['trunk', 'branches/*'] }),
  ]);
  await shop.change('cp 1 trunk branches/x');
  await shop.change(['propset', 'svn:externals', '^/lib@1 lib', 'trunk/app']);
  await shop.change(['propset', 'svn:externals', '^/lib lib', 'branches/x/app']);
  await shop.fetched('app');
  await shop.fetched('app', 'branches/x');
  await shop.change('rm branches/x');
  const before = await runsIn(shop.store);

  await shop.commit({ 'lib/b.txt': '2' });

  expect((await runsIn(shop.store)).slice(before.length)).toEqual([]);
});

test('what was committed to an external before the first run has looked for it makes its runs as soon as that has', async () => {
  await using shop = await watchedShop([
    pipelineOf('app', { path: 'app', branches: ['trunk', 'branches/*'] }),
    pipelineOf('web', { path: 'web' }),
  ]);
  await shop.change(['propset', 'svn:externals', '^/lib lib', 'trunk/app', 'mkdir', 'trunk/web/new']);
  await shop.change('cp HEAD trunk branches/x');
  const eventId = await shop.commit({ 'lib/b.txt': '2' });
  await shop.commit({ 'lib/b.txt': '3', 'trunk/app/b.txt': '3' });
  await shop.commit({ 'lib2/b.txt': '2', 'trunk/web/b.txt': '4' });
  await shop.change('rm branches/x');
  await shop.fetched('app', 'trunk', 2);
  await shop.fetched('app', 'branches/x', 3);
  const before = await runsIn(shop.store);

  await shop.commit({ 'lib2/b.txt': '3' });
  await shop.commit({ 'lib/b.txt': '4' });

  expect(before).toEqual([
    ...['app trunk r2', 'web trunk r2', 'app branches/x r3', 'app trunk r5', 'web trunk r6'],
  ]);
  expect((await runsIn(shop.store)).slice(before.length)).toEqual([
    ...['app trunk r4', 'app branches/x r4', 'app branches/x r5', 'app trunk r9'],
  ]);
  const explained = await explainEvent(shop.store.db, eventId);
  const decisions = explained?.changes.flatMap((change) => change.decisions);
  expect(decisions?.map(({ verdict, filters }) => [verdict, filters[2]?.actual])).toEqual([
    ['run', 'app/lib/b.txt added (an external: lib/b.txt)'],
    ['run', 'app/lib/b.txt added (an external: lib/b.txt)'],
  ]);
});

test('a commit in another repository makes runs of each branch that it is part of, of the newest revision that was read', async () => {
  await using shop = await watchedShop([
    pipelineOf('app', { path: 'app', paths: ['src/**', 'lib/**'], branches: ['trunk', 'branches/*'] }),
    pipelineOf('web', { path: 'web', paths: ['src/**'] }),
  ]);
  const external = `${shop.library.root}/common/lib lib`;
  await shop.change([
    'propset',
    'svn:externals',
    external,
    'trunk/app',
    'cp',
    '1',
    'trunk/web',
    'branches/web',
  ]);
  await shop.change('cp 2 trunk branches/x');
  await shop.fetched('app');
  await shop.fetched('app', 'branches/x');
  const before = await runsIn(shop.store);

  await shop.library.commit({ files: { 'common/other.txt': '2' } });
  const revision = await shop.library.commit({ files: { 'common/lib/b.txt': '2' }, message: 'mend it' });
  await waitFor(async () => (await cursorIn(shop.store, 'library')) === revision, { what: 'the library' });

  expect((await runsIn(shop.store)).slice(before.length).toSorted()).toEqual([
    'app branches/x r3',
    'app trunk r3',
  ]);
  const run = await shop.store.db
    .selectFrom('run')
    .selectAll()
    .where('message', 'like', 'library%')
    .where('branch', '=', 'trunk')
    .executeTakeFirstOrThrow();
  expect(run).toMatchObject({ repository: 'shop', move: 3, message: 'library r3: mend it', author: 'alice' });
  const explained = await explainEvent(shop.store.db, run.event_id ?? '');
  const [change] = explained?.changes.filter(({ decisions }) => decisions.length > 0) ?? [];
  expect(change).toMatchObject({ repository: 'library', branch: 'common/lib', revision: '3' });
  expect(change?.decisions.map(({ pipeline, verdict }) => [pipeline, verdict])).toEqual([
    ['app', 'run'],
    ['app', 'run'],
  ]);
  expect(change?.decisions[0]?.filters).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ filter: 'externals', actual: 'library at r3', passed: true }),
      expect.objectContaining({
        filter: 'paths',
        actual: 'app/lib/b.txt modified (an external: common/lib/b.txt)',
      }),
    ]),
  );
});

test('externals that are known are fixed when a run is made, until a revision may have changed them', async () => {
  await using shop = await watchedShop([
    pipelineOf('app', { path: 'app' }),
    pipelineOf('web', { path: 'web' }),
  ]);
  const lines = `^/lib lib\n${shop.library.root}/common/lib common\n`;
  await shop.change(['propset', 'svn:externals', lines, 'trunk/app']);
  await shop.commit({ 'trunk/web/b.txt': '1' });
  await shop.fetched('app');
  await shop.fetched('web');

  await shop.commit({ 'trunk/app/b.txt': '1', 'trunk/web/b.txt': '2' });
  await shop.change(['mkdir', 'trunk/web/new', 'propset', 'a', 'b', 'trunk/web']);
  await shop.change(['propset', 'svn:externals', '^/lib lib', 'lib', 'propset', 'a', 'b', 'trunk/app']);
  await shop.change('cp HEAD lib trunk/web/copy');

  expect(await shop.fixedIn('app')).toEqual({
    2: null,
    4: ['common at 1 of 1', 'lib at 4 of 4'],
    6: null,
  });
  expect(await shop.fixedIn('web')).toEqual({ 3: null, 4: [], 5: [], 7: null });
});

test('a run that a commit in another repository makes has that commit in its tree', async () => {
  await using shop = await watchedShop([pipelineOf('app', { path: 'app' })]);
  await shop.change(['propset', 'svn:externals', `${shop.library.root}/common lib`, 'trunk/app']);
  await shop.fetched('app');

  const revision = await shop.library.commit({ files: { 'common/lib/b.txt': '2' } });
  await waitFor(async () => (await cursorIn(shop.store, 'library')) === revision, { what: 'the library' });

  const runs = await shop.store.db
    .selectFrom('run')
    .select(['move', 'externals'])
    .orderBy('number')
    .execute();
  expect(runs).toEqual([
    { move: 2, externals: null },
    { move: 2, externals: [expect.objectContaining({ path: 'lib', revision: '2', peg: '2' })] },
  ]);
});

/** A shop with a library, both watched, at its first revision. */
async function watchedShop(pipelines: CatalogueEntry[]) {
  await using opening = new AsyncDisposableStack();
  const postgres = opening.use(await startDatabase());
  const shop = opening.use(await startSubversion());
  const library = opening.use(await startSubversion());
  const folder = opening.use(await temporaryFolder());
  const folders = ['trunk/app', 'trunk/web', 'lib', 'lib2', 'branches'];
  await shop.commit({ files: Object.fromEntries(folders.map((path) => [`${path}/first.txt`, '1'])) });
  await library.commit({ files: { 'common/lib/b.txt': '1' } });
  const options = { databaseUrl: postgres.url, subversion: shop, library, pipelines };
  const triggers = opening.use(await prepareTriggers(options));
  await triggers.watch();
  const { store, scm } = triggers;
  const read = (repository: string, revision: number) =>
    waitFor(async () => (await cursorIn(store, repository)) === revision, {
      what: `${repository} r${revision}`,
    });
  await read('shop', 1);
  await read('library', 1);
  const announced = async (revision: number) => {
    const receipt = await triggers.hook(revision);
    await read('shop', revision);
    return 'eventId' in receipt ? receipt.eventId : '';
  };
  const owned = opening.move();
  return {
    store,
    library,
    async change(actions: string | string[]): Promise<string> {
      const args = typeof actions === 'string' ? actions.split(' ') : actions;
      const output = await runCommand('svnmucc', ['-m', 'change', '-U', `file://${shop.path}`, ...args]);
      return announced(Number(/^r(\d+) /m.exec(output)?.[1]));
    },
    commit: async (files: Record<string, string | null>) => announced(await shop.commit({ files })),
    /** Fetches the tree of a pipeline as its run does, and keeps what that keeps. */
    async fetched(pipeline: string, branch = 'trunk', revision?: number): Promise<void> {
      const { path } = pipelines.find(({ name }) => name === pipeline)?.pipeline.source ?? { path: '' };
      const move = revision ?? (await cursorIn(store)) ?? 0;
      const into = join(folder.path, `${pipeline}-${branch.replace('/', '-')}`);
      const { externals = [] } = await scm.exportTree(
        { branch, path, revision: `${move}`, into },
        AbortSignal.timeout(20_000),
      );
      const run = { pipeline, repository: 'shop', generation: 1, branch, move };
      await keepExternalUse(store.db, run, { path, externals });
    },
    /** What the runs of a pipeline were made with, by revision. */
    async fixedIn(pipeline: string): Promise<Record<string, string[] | null>> {
      const runs = await store.db.selectFrom('run').selectAll().where('pipeline', '=', pipeline).execute();
      const texts = runs.map(({ revision, externals }) => [
        revision,
        externals?.map((external) => `${external.path} at ${external.revision} of ${external.peg}`) ?? null,
      ]);
      return Object.fromEntries(texts);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
