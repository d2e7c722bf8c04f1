import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import { changesBetween } from '../../src/store/changes-between.ts';
import type { Db } from '../../src/store/database.ts';
import { explainEvent } from '../../src/triggers/explain-event.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { given, zero } from './git-triggers-under-test.ts';
import { pipelineOf } from './triggers-under-test.ts';
import { watchedShop } from './watched-shop.ts';

function startedBy(name: string, on: Partial<Pipeline['on']>, path = ''): CatalogueEntry {
  const entry = pipelineOf(name, { path });
  return { ...entry, pipeline: { ...entry.pipeline, on: { ...noTriggers, ...on } } };
}

const previews = (branches: string[], path = '') =>
  startedBy('preview', { branch: { events: ['created', 'deleted'], branches } }, path);
const releases = startedBy('release', { tag: { tags: ['v*'] } });

async function runsOf(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('run').selectAll().orderBy('created_at').orderBy('pipeline').execute();
  return rows.map((run) => `${run.pipeline} ${run.branch} ${run.revision} ${run.trigger}`);
}

test('Subversion: branches and tags start runs when they are made, and the last revision of a deleted one is run', async () => {
  await using shop = await watchedShop([
    previews(['branches/*'], 'app'),
    releases,
    pipelineOf('all', { branches: ['**'] }),
  ]);
  await shop.change('cp 1 trunk branches/one');
  await shop.change('cp 1 trunk tags/v1 cp 1 trunk tags/old');
  await shop.change(['put', '/dev/null', 'branches/one/app/b.txt']);
  const eventId = await shop.change('rm branches/one', { author: 'bob' });
  await shop.change('cp 1 trunk branches/one');
  await shop.change('mkdir branches/empty');

  expect((await runsOf(shop.triggers.store.db)).filter((run) => !run.startsWith('all'))).toEqual([
    'preview branches/one 2 branch-created',
    'release tags/v1 3 tag',
    'preview branches/one 4 branch-deleted',
    'preview branches/one 6 branch-created',
  ]);
  const explained = await explainEvent(shop.triggers.store.db, eventId);
  expect(explained?.changes).toMatchObject([{ branch: 'branches/one', revision: '5', happened: 'deleted' }]);
  await using folder = await temporaryFolder();
  const place = { branch: 'branches/one', path: 'app', revision: '4', into: join(folder.path, 'tree') };
  await shop.triggers.scm.exportTree(place, new AbortController().signal);
  expect(await readFile(join(folder.path, 'tree/b.txt'), 'utf8')).toBe('');
});

test('Subversion: branches that go with the folder above them are cleaned up, too', async () => {
  await using shop = await watchedShop([previews(['branches/*'])]);
  await shop.change('cp 1 trunk branches/one cp 1 trunk branches/two');
  await shop.change('rm branches/two');

  await shop.change('rm branches');
  await shop.change('mkdir branches');
  await shop.change('rm branches');

  expect((await runsOf(shop.triggers.store.db)).slice(2)).toEqual([
    'preview branches/two 2 branch-deleted',
    'preview branches/one 3 branch-deleted',
  ]);
});

test('Subversion: a branch that is made is one run of a pipeline that takes its commits, too', async () => {
  const both = pipelineOf('both', { branches: ['branches/*'] });
  both.pipeline.on.branch = { events: ['created'], branches: ['**'] };
  await using shop = await watchedShop([both]);

  await shop.change('cp 1 trunk branches/one');

  expect(await runsOf(shop.triggers.store.db)).toEqual(['both branches/one 2 commit']);
});

test('what was under way on a deleted branch does not go on in the next one of its name', async () => {
  const quiet = pipelineOf('quiet', { branches: ['branches/*'], quietMs: 3_600_000 });
  await using shop = await watchedShop([quiet]);
  const { db } = shop.triggers.store;
  await shop.change('cp 1 trunk branches/one');
  await shop.change('rm branches/one');
  await shop.change('cp 1 trunk branches/one');
  await shop.change(['put', '/dev/null', 'branches/one/app/b.txt']);

  const decisions = await db
    .selectFrom('decision')
    .innerJoin('change', 'change.id', 'change_id')
    .select(['revision', 'verdict', 'filters'])
    .orderBy('move')
    .execute();
  expect(decisions.map(({ revision, verdict }) => `r${revision} ${verdict}`)).toEqual([
    ...['r2 skip', 'r3 skip', 'r4 wait', 'r5 wait'],
  ]);
  expect(decisions[0]?.filters.at(-1)).toMatchObject({ filter: 'branch', actual: 'deleted by r3' });
  const span = { repository: 'shop', generation: 1, branch: 'branches/one', after: 1, upTo: 5, path: '' };
  const [found] = await changesBetween(db, [span], 10);
  expect(found?.rows.map(({ revision }) => revision)).toEqual(['5', '4']);
});

test('Git: branches and tags start runs when they are made, and a deleted branch is run at its last commit', async () => {
  await using site = await given([previews(['**']), releases]);
  await site.watch();
  const { git, db, first } = site;
  const tell = async (ref: string, [before, after]: [string, string], runs: number) => {
    const receipt = await site.hook({ ref, before, after });
    await site.runs(runs);
    return 'eventId' in receipt ? receipt.eventId : '';
  };
  const topic = await git.commit({ branch: 'topic', from: first, files: { 'app/a.txt': '2' } });
  await tell('refs/heads/topic', [zero, topic], 1);
  await git.git('update-ref', '-d', 'refs/heads/topic');
  const deletion = await tell('refs/heads/topic', [topic, zero], 2);
  await git.git('update-ref', 'refs/heads/topic', first);
  await tell('refs/heads/topic', [zero, first], 3);
  await git.git('tag', 'v1', first);
  await tell('refs/tags/v1', [zero, first], 4);
  await git.git('tag', '-f', 'v1', topic);
  await tell('refs/tags/v1', [first, topic], 5);
  await git.git('tag', 'old', first);
  await git.git('tag', '-d', 'v1');
  await tell('refs/tags/v1', [topic, zero], 5);

  expect(await runsOf(db)).toEqual([
    `preview topic ${topic} branch-created`,
    `preview topic ${topic} branch-deleted`,
    `preview topic ${first} branch-created`,
    `release tags/v1 ${first} tag`,
    `release tags/v1 ${topic} tag`,
  ]);
  const explained = await explainEvent(db, deletion);
  expect(explained?.changes).toMatchObject([{ branch: 'topic', move: 2, happened: 'deleted' }]);
});

test('Git: what a branch had before anybody watched can be run when it is deleted', async () => {
  await using site = await given([previews(['**'])]);
  const old = await site.git.commit({ branch: 'old', files: { 'app/a.txt': '2' } });
  await site.watch();

  await site.git.git('update-ref', '-d', 'refs/heads/old');
  await site.hook({ ref: 'refs/heads/old', before: old, after: zero });
  await site.runs(1);

  const [run] = await site.db.selectFrom('run').selectAll().execute();
  expect(run).toMatchObject({ branch: 'old', trigger: 'branch-deleted' });
  // A server that gives what no branch leads to any more gives it; another one does not.
  expect([old, site.first]).toContain(run?.revision);
  await waitFor(
    async () => (await site.db.selectFrom('git_ref').select('object_id').execute()).length === 2,
    { what: 'both refs' },
  );
});

test('Subversion: a project that is renamed brings its branches under the new name, and those of the old name are gone', async () => {
  const layout = ['{project}/trunk', '{project}/branches/*'];
  const both = { events: ['created' as const, 'deleted' as const], branches: ['**'] };
  await using shop = await watchedShop(
    [startedBy('events', { branch: both }), pipelineOf('app', { path: 'app', branches: ['*/trunk'] })],
    { layout },
  );
  await shop.change('mkdir one mkdir one/branches cp 1 trunk one/trunk cp 1 trunk one/branches/x');

  await shop.change('cp 2 one two rm one rm two/branches/x put /dev/null two/trunk/app/b.txt');
  await shop.change('mkdir three cp 3 two/trunk three/trunk cp 3 two/trunk three/branches');
  await shop.change('rm two cp 4 three two');

  const runs = (await runsOf(shop.triggers.store.db)).toSorted();
  expect(runs.filter((run) => run.startsWith('app'))).toEqual([
    'app one/trunk 2 commit',
    'app three/trunk 4 commit',
    'app two/trunk 3 commit',
    'app two/trunk 5 commit',
  ]);
  expect(runs.filter((run) => run.startsWith('events') && / [35] /.test(run))).toEqual([
    'events two/branches/app 5 branch-created',
    'events two/branches/app2 5 branch-created',
    'events two/branches/docs 5 branch-created',
    'events two/branches/web 5 branch-created',
    'events two/trunk 3 branch-created',
    'events two/trunk 5 branch-created',
  ]);
  expect(runs.filter((run) => run.endsWith('branch-deleted'))).toEqual([
    'events one/branches/x 2 branch-deleted',
    'events one/trunk 2 branch-deleted',
  ]);
});

test('Subversion: a trunk that becomes a branch is deleted and created, one that is made of a branch is another one', async () => {
  const both = { events: ['created' as const, 'deleted' as const], branches: ['**'] };
  await using shop = await watchedShop([startedBy('events', { branch: both })]);

  await shop.change('cp 1 trunk branches/x rm trunk');
  await shop.change('cp 2 branches/x trunk');
  await shop.change('rm trunk cp 3 branches/x trunk');

  expect((await runsOf(shop.triggers.store.db)).toSorted()).toEqual([
    'events branches/x 2 branch-created',
    'events trunk 1 branch-deleted',
    'events trunk 3 branch-created',
    'events trunk 4 branch-created',
  ]);
  const { db } = shop.triggers.store;
  const span = { repository: 'shop', generation: 1, branch: 'trunk', after: 0, upTo: 4, path: '' };
  const [between] = await changesBetween(db, [span], 10);
  expect(between?.rows.map(({ revision }) => revision)).toEqual(['4']);
});

test('Subversion: a file where a branch could be is none, and ends the one whose place it takes', async () => {
  const both = { events: ['created' as const, 'deleted' as const], branches: ['**'] };
  const all = pipelineOf('all', { branches: ['**'] });
  const app = pipelineOf('app', { path: 'app', branches: ['**'] });
  await using shop = await watchedShop([all, app, startedBy('events', { branch: both })]);

  await shop.change('put /dev/null branches/x.txt put /dev/null tags/list@1');
  await shop.change('rm branches/x.txt cp 1 trunk branches/x.txt');
  await shop.change('rm branches/x.txt mkdir branches/x.txt');
  await shop.change('rm branches/x.txt put /dev/null branches/x.txt');
  await shop.change('rm branches/x.txt');

  expect((await runsOf(shop.triggers.store.db)).toSorted()).toEqual([
    'all branches/x.txt 3 commit',
    'all branches/x.txt 4 commit',
    'app branches/x.txt 3 commit',
    'events branches/x.txt 3 branch-created',
    'events branches/x.txt 4 branch-created',
    'events branches/x.txt 4 branch-deleted',
  ]);
});
