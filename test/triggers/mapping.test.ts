import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { explainEvent } from '../../src/triggers/explain-event.ts';
import { everyCommit } from '../domain/every-commit.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, runsIn } from './triggers-under-test.ts';
import { watchedShop } from './watched-shop.ts';

const everyBranch = ['trunk', 'branches/*', 'tags/*'];

test('a commit that touches trunk, two branches and a tag makes one run for each pipeline and branch', async () => {
  const pipelines = [pipelineOf('all', { branches: everyBranch }), pipelineOf('trunk')];
  await using shop = await watchedShop(pipelines);

  await shop.commit({
    'trunk/a.txt': '1',
    'trunk/b.txt': '1',
    'branches/one/a.txt': '1',
    'branches/two/a.txt': '1',
    'tags/v1/a.txt': '1',
    'readme.txt': 'on no branch',
  });

  expect((await runsIn(shop.triggers.store)).toSorted()).toEqual([
    'all branches/one r2',
    'all branches/two r2',
    'all tags/v1 r2',
    'all trunk r2',
    'trunk trunk r2',
  ]);
});

test('paths and branches match whole segments only', async () => {
  const pipelines = [
    pipelineOf('app', { path: 'app' }),
    pipelineOf('release', { branches: ['branches/release-*', '!branches/release-0'] }),
    pipelineOf('code', { paths: ['**', '!docs'] }),
  ];
  await using shop = await watchedShop(pipelines);

  await shop.commit({ 'trunk/app2/a.txt': '1', 'trunk/docs/a.txt': '1' });
  await shop.commit({ 'trunk/docs/a.txt': '2' });
  await shop.commit({ 'trunk/app/a.txt': '1' });
  await shop.commit({ 'branches/release-0/a.txt': '1', 'branches/release-1/a.txt': '1' });
  await shop.commit({ 'branches/releases/a.txt': '1', 'trunk2/app/a.txt': '1' });

  expect((await runsIn(shop.triggers.store)).toSorted()).toEqual([
    'app trunk r4',
    'code trunk r2',
    'code trunk r4',
    'release branches/release-1 r5',
  ]);
});

test('a deleted branch builds nothing', async () => {
  await using shop = await watchedShop([pipelineOf('all', { branches: everyBranch })]);
  await shop.commit({ 'branches/one/a.txt': '1' });

  await shop.commit({ 'branches/one': null });

  expect(await runsIn(shop.triggers.store)).toEqual(['all branches/one r2']);
});

test('an event explains what every pipeline made of it, with each filter', async () => {
  const pipelines = [pipelineOf('app', { path: 'app' }), pipelineOf('web', { path: 'web' })];
  await using shop = await watchedShop(pipelines);
  const eventId = await shop.commit({ 'trunk/app/a.txt': '1' });

  const explanation = await waitFor(
    async () => {
      const explained = await explainEvent(shop.triggers.store.db, eventId);
      return explained?.event.state === 'handled' && explained;
    },
    { what: 'the event to be handled' },
  );

  const [run] = await shop.triggers.store.db.selectFrom('run').select(['id', 'told']).execute();
  expect(explanation.event).toMatchObject({ id: eventId, revision: '2' });
  expect(run?.told).toEqual({ trigger: 'commit', paths: ['app'] });
  expect(explanation.changes).toEqual([
    expect.objectContaining({
      branch: 'trunk',
      author: 'alice',
      path_count: 1,
      decisions: [
        expect.objectContaining({ pipeline: 'app', verdict: 'run', run_id: run?.id }),
        expect.objectContaining({
          pipeline: 'web',
          verdict: 'skip',
          run_id: null,
          filters: expect.arrayContaining([expect.objectContaining({ filter: 'paths', passed: false })]),
        }),
      ],
    }),
  ]);
});

test('of a copied branch only what is really in it makes runs', async () => {
  await using shop = await watchedShop([
    pipelineOf('app', { path: 'app', branches: everyBranch }),
    pipelineOf('gone', { path: 'services/gone', branches: everyBranch }),
    pipelineOf('docs', { paths: ['docs/*.txt', 'nowhere/**'], branches: everyBranch }),
    pipelineOf('nowhere', { paths: ['nowhere/**'], branches: everyBranch }),
  ]);

  await shop.change('cp 1 trunk branches/one');
  await shop.change('cp 1 trunk branches/two rm branches/two/app');
  await shop.change('rm trunk cp 2 branches/one trunk');

  expect((await runsIn(shop.triggers.store)).toSorted()).toEqual([
    'app branches/one r2',
    'app trunk r4',
    'docs branches/one r2',
    'docs branches/two r3',
    'docs trunk r4',
  ]);
});

test('a merge that is only recorded makes no run, other properties do, and externals count below their folder', async () => {
  await using shop = await watchedShop([
    pipelineOf('all'),
    pipelineOf('app', { path: 'app' }),
    pipelineOf('text', { ignore: ['properties'] }),
  ]);

  await shop.change('propset svn:mergeinfo /branches/one:1 trunk');
  await shop.change('propset svn:ignore target trunk');
  await shop.change(['propset', 'svn:externals', '^/trunk/web@1 lib', 'trunk']);

  expect((await runsIn(shop.triggers.store)).toSorted()).toEqual([
    'all trunk r3',
    'all trunk r4',
    'app trunk r4',
  ]);
});

test('who committed and what they wrote decide, [skip ci] always', async () => {
  await using shop = await watchedShop([
    pipelineOf('all'),
    pipelineOf('people', { authors: ['**', '!robot-*'] }),
    pipelineOf('releases', { messages: ['^release: ', '!\\bdraft\\b'] }),
  ]);

  await shop.change('propset a 1 trunk', { author: 'robot-7', message: 'release: 1' });
  await shop.change('propset a 2 trunk', { message: 'tidy up\nrelease: 2 draft' });
  await shop.change('propset a 3 trunk', { message: 'release: 3 [skip ci]' });

  expect((await runsIn(shop.triggers.store)).toSorted()).toEqual([
    'all trunk r2',
    'all trunk r3',
    'people trunk r3',
    'releases trunk r2',
  ]);
});

test('what a CI run commits and marks with the property ci:run starts nothing, and the event says so', async () => {
  const pipeline = pipelineOf('all', { branches: everyBranch });
  pipeline.pipeline.on.tag = { tags: ['**'] };
  await using shop = await watchedShop([pipeline]);

  const marked = ['--with-revprop', 'ci:run=cart#12'];
  const eventId = await shop.change([...marked, 'propset', 'a', '1', 'trunk']);
  await shop.change([...marked, 'cp', '2', 'trunk', 'tags/v1']);
  await shop.change('propset a 2 trunk');

  expect(await runsIn(shop.triggers.store)).toEqual(['all trunk r4']);
  const explained = await explainEvent(shop.triggers.store.db, eventId);
  expect(explained?.changes[0]?.decisions[0]?.filters).toContainEqual(
    expect.objectContaining({ filter: 'ci:run', actual: 'cart#12', passed: false }),
  );
});

test('a pipeline may ask what the revision properties of a commit say, and the event tells what they said', async () => {
  const asking = (name: string, revisionProperties: Record<string, string[]>) => {
    const entry = pipelineOf(name, { branches: everyBranch });
    entry.pipeline.on.commit = { ...everyCommit, branches: everyBranch, revisionProperties };
    return entry;
  };
  await using shop = await watchedShop([
    asking('approved', { 'review:state': ['^approved$'] }),
    asking('unmarked', { 'build:skip': ['', '!.'], toString: ['', '!.'] }),
  ]);
  const withProperty = (text: string) => ['--with-revprop', text, 'propset', 'a', text, 'trunk'];

  const eventId = await shop.change(withProperty('review:state=已批准'));
  await shop.change(withProperty('review:state=approved'));
  await shop.change(withProperty('build:skip=yes'));

  expect((await runsIn(shop.triggers.store)).toSorted()).toEqual([
    'approved trunk r3',
    'unmarked trunk r2',
    'unmarked trunk r3',
  ]);
  const explained = await explainEvent(shop.triggers.store.db, eventId);
  expect(explained?.changes).toMatchObject([{ properties: { 'review:state': '已批准' } }]);
  expect(explained?.changes[0]?.decisions[0]?.filters).toContainEqual({
    ...{ filter: 'revision-properties.review:state', expected: '^approved$' },
    ...{ actual: '已批准', passed: false },
  });
});

test('a branch whose name no database can look up holds nothing up: it is told of, and what follows runs', async () => {
  const all = pipelineOf('all', { branches: ['**'] });
  all.pipeline.concurrency.group = '${branch} ${author} ${paths}';
  await using shop = await watchedShop([all]);
  // Such that no database can make it short.
  const name = Array.from({ length: 80 }, (_, index) =>
    createHash('sha256').update(`${index}`).digest('hex'),
  );

  const author = name.join('');
  await shop.change(`cp 1 trunk branches/${author} propset a 1 trunk`);
  await shop.change(`mkdir trunk/${author.slice(0, 3_000)}`, { author });

  expect(await runsIn(shop.triggers.store)).toEqual(['all trunk r2', 'all trunk r3']);
  const { db } = shop.triggers.store;
  const alarms = await db
    .selectFrom('event')
    .select('body')
    .where('delivery_key', 'like', 'alarm:%')
    .execute();
  expect(alarms).toEqual([
    { body: { alarm: expect.stringMatching(/^r2 touches a branch whose name is longer than 1000 bytes/) } },
  ]);
});

test('a repository without a layout has one branch, the root, whatever its folders are called', async () => {
  const pipelines = [
    pipelineOf('all', { branches: ['trunk'] }),
    pipelineOf('app', { path: 'trunk/app' }),
    pipelineOf('code', { path: 'code' }),
    pipelineOf('branches', { branches: ['branches/*'] }),
  ];
  await using shop = await watchedShop(pipelines, { layout: ['none'] });

  await shop.commit({ 'readme.txt': '1' });
  await shop.commit({ 'branches/one/a.txt': '1' });
  await shop.change('cp 1 trunk/app code');
  await shop.change('rm trunk/app');
  await shop.change('propset a 1 .');

  expect((await runsIn(shop.triggers.store)).toSorted()).toEqual([
    'all trunk r2',
    'all trunk r3',
    'all trunk r4',
    'all trunk r5',
    'all trunk r6',
    'code trunk r4',
  ]);
});
