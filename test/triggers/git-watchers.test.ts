import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { explainEvent } from '../../src/triggers/explain-event.ts';
import { replayEvent } from '../../src/triggers/replay-event.ts';
import { makeGitRepository } from '../support/git-repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { given, zero } from './git-triggers-under-test.ts';
import { pipelineOf } from './triggers-under-test.ts';

test('history before the first contact starts nothing; a hook, its replay and the poll make one run of a push', async () => {
  await using site = await given();
  await site.watch({ pollMs: 300 });
  const { git, first, hook } = site;
  const second = await git.commit({ files: { 'app/a.txt': '2' } });

  const receipts = await Promise.all([1, 2, 3].map(() => hook({ before: first, after: second })));
  await site.runs(1);
  const [eventId = ''] = receipts.flatMap((receipt) => ('eventId' in receipt ? [receipt.eventId] : []));
  await replayEvent(site.db, eventId);
  const third = await git.commit({ files: { 'app/a.txt': '3' } });

  expect(receipts.map(({ kind }) => kind).toSorted()).toEqual(['known', 'known', 'stored']);
  expect(await site.runs(2)).toEqual([`main 1 ${second}`, `main 2 ${third}`]);
  const explanation = await explainEvent(site.db, eventId);
  expect(explanation?.event).toMatchObject({ source: 'git-hook', revision: second, repository: 'shop' });
  const byPoll = await site.db.selectFrom('event').select('body').where('source', '=', 'poll').execute();
  expect(byPoll.at(-1)).toEqual({ body: { found: [third] } });
});

test('what a hook announced is read at once, whatever the polling interval, and belongs to its event', async () => {
  await using site = await given();
  await site.watch();
  const second = await site.git.commit({ files: { 'app/a.txt': '2' }, message: 'second', author: 'bob' });

  const receipt = await site.hook({ before: site.first, after: second });
  await site.runs(1);

  const explanation = await explainEvent(site.db, 'eventId' in receipt ? receipt.eventId : '');
  expect(explanation?.changes).toMatchObject([
    { branch: 'main', move: 1, revision: second, author: 'bob', message: 'second', path_count: 1 },
  ]);
  expect(explanation?.changes[0]?.decisions).toMatchObject([{ pipeline: 'app', verdict: 'run' }]);
});

test('a push back to an old commit is a new run, and so is each push to and fro after it', async () => {
  await using site = await given();
  await site.watch();
  const { git, first } = site;
  const second = await git.commit({ files: { 'app/a.txt': '2' } });
  const push = async (before: string, after: string, runs: number) => {
    await git.git('update-ref', 'refs/heads/main', after);
    await site.hook({ before, after });
    return site.runs(runs);
  };

  await push(first, second, 1);
  await push(second, first, 2);
  const runs = await push(first, second, 3);

  expect(runs).toEqual([`main 1 ${second}`, `main 2 ${first}`, `main 3 ${second}`]);
});

test('a push with the option ci.skip runs nothing, and each pipeline says why; the same move without it runs', async () => {
  await using site = await given();
  await site.watch({ pollMs: 100 });
  const { git, first, db } = site;
  const tree = (await git.git('rev-parse', `${first}^{tree}`)).trim();
  const second = (await git.git('commit-tree', '-m', 'second', '-p', first, tree)).trim();
  const moves = [
    { ref: 'refs/heads/topic', before: zero, after: second },
    { ref: 'refs/tags/v1', before: zero, after: second },
  ];
  for (const move of moves) await site.hook({ ...move, pushOption: 'ci.skip' });
  for (const { ref, after } of moves) await git.git('update-ref', ref, after);
  const decisions = () => db.selectFrom('decision').selectAll().execute();
  const skipped = await waitFor(async () => (await decisions()).length === 2 && decisions(), {
    what: 'both refs to be decided',
  });

  await git.git('update-ref', '-d', 'refs/heads/topic');
  await waitFor(async () => (await decisions()).length === 3, { what: 'the deletion to be seen' });
  await site.hook({ ref: 'refs/heads/topic', before: zero, after: second });
  await git.git('update-ref', 'refs/heads/topic', second);

  for (const { verdict, filters } of skipped) {
    expect(verdict).toBe('skip');
    const option = { filter: 'push-option', expected: 'no ci.skip', actual: 'ci.skip', passed: false };
    expect(filters).toContainEqual(option);
  }
  expect(await site.runs(1)).toEqual([`topic 3 ${second}`]);
});

test('a push with the option ci.skip that polling has found before its hook came: its run is cancelled, and stays so', async () => {
  await using site = await given();
  await site.watch({ pollMs: 100 });
  const { git, first, db } = site;
  const second = await git.commit({ branch: 'topic', from: first, files: { 'app/b.txt': '1' } });
  await site.runs(1);
  const skip = { ref: 'refs/heads/topic', before: zero, after: second, pushOption: 'ci.skip' } as const;

  await site.hook(skip);

  const run = await db.selectFrom('run').select(['state', 'outcome', 'reason']).executeTakeFirstOrThrow();
  expect(run).toEqual({
    ...{ state: 'ended', outcome: 'cancelled' },
    reason: 'cancelled by the option ci.skip of the push',
  });
  await git.git('update-ref', '-d', 'refs/heads/topic');
  const seen = () => db.selectFrom('decision').selectAll().execute();
  await waitFor(async () => (await seen()).length === 2, { what: 'the deletion to be seen' });
  await git.git('update-ref', 'refs/heads/topic', second);
  await waitFor(async () => (await seen()).length === 3, { what: 'the branch to be seen again' });
  expect(await site.runs(1)).toHaveLength(1);
});

test('a commit that claims to be of no possible time holds nothing up', async () => {
  await using site = await given();
  await site.watch();
  const { git, first } = site;
  const [tree = ''] = (await git.git('rev-parse', `${first}^{tree}`)).split('\n');
  const at = 'a <a@example.com> 99999999999999 +0000';
  const folder = await temporaryFolder();
  site.stack.use(folder);
  await writeFile(`${folder.path}/commit`, `tree ${tree}\nauthor ${at}\ncommitter ${at}\n\nlater\n`);
  const make = ['hash-object', '-t', 'commit', '-w', '--literally', `${folder.path}/commit`];
  const [later = ''] = (await git.git(...make)).split('\n');
  await git.git('update-ref', 'refs/heads/later', later);

  await site.hook({ ref: 'refs/heads/later', before: zero, after: later });
  await site.runs(1);
  const next = await git.commit({ files: { 'app/a.txt': '2' } });
  await site.hook({ before: first, after: next });

  expect(await site.runs(2)).toEqual([`later 1 ${later}`, `main 1 ${next}`]);
});

test('a deleted branch builds nothing; made anew, its moves are counted on', async () => {
  await using site = await given();
  await site.watch({ pollMs: 100 });
  const { git, first } = site;
  const topic = await git.commit({ branch: 'topic', from: first, files: { 'app/b.txt': '1' } });
  await site.runs(1);
  await git.git('update-ref', '-d', 'refs/heads/topic');
  const ref = () =>
    site.db.selectFrom('git_ref').selectAll().where('ref', '=', 'refs/heads/topic').executeTakeFirst();
  await waitFor(async () => (await ref())?.object_id === null, {
    what: 'the deletion to be seen',
    deadlineMs: 60_000,
  });

  await site.hook({ ref: 'refs/heads/topic', before: topic, after: zero });
  await git.git('update-ref', 'refs/heads/topic', topic);

  expect(await site.runs(2)).toEqual([`topic 1 ${topic}`, `topic 3 ${topic}`]);
});

test('branches and paths are filtered in the one language; tags are branches named tags/', async () => {
  const cart = pipelineOf('app', {
    branches: ['tags/v*', 'release-*'],
    paths: ['**', '!**/*.md'],
    path: 'app',
  });
  await using site = await given([cart]);
  await site.watch({ pollMs: 100 });
  const { git, first } = site;
  const commit = (branch: string, file: string) =>
    git.commit({ branch, from: first, files: { [file]: 'x' } });
  await commit('topic', 'app/a.txt');
  await commit('release-1', 'app/README.md');
  await commit('release-2', 'web/a.txt');
  const wanted = await commit('release-3', 'app/b.txt');
  await git.git('tag', 'v1', first);

  const runs = await site.runs(2);

  expect(runs.toSorted()).toEqual([`release-3 1 ${wanted}`, `tags/v1 1 ${first}`]);
});

test('a hook that came before the first contact still makes its run', async () => {
  await using site = await given();
  const second = await site.git.commit({ files: { 'app/a.txt': '2' } });
  await site.hook({ before: site.first, after: second });

  await site.watch();

  expect(await site.runs(1)).toEqual([`main 1 ${second}`]);
});

test('two servers that watch the same repository make one run of each push', async () => {
  await using site = await given();
  await Promise.all([site.watch({ pollMs: 100, owner: 'one' }), site.watch({ pollMs: 100, owner: 'two' })]);
  const second = await site.git.commit({ files: { 'app/a.txt': '2' } });
  await site.runs(1);
  const third = await site.git.commit({ files: { 'app/a.txt': '3' } });

  expect(await site.runs(2)).toEqual([`main 1 ${second}`, `main 2 ${third}`]);
});

test('another repository under the same name is watched anew from its present state', async () => {
  await using site = await given();
  await (await site.watch())[Symbol.asyncDispose]();
  await using other = await makeGitRepository();
  await other.commit({ branch: 'strange', files: { 'app/a.txt': 'of another repository' } });

  await site.watch({ url: other.url, pollMs: 100 });
  const next = await other.commit({ branch: 'strange', files: { 'app/a.txt': '2' } });

  expect(await site.runs(1)).toEqual([`strange 1 ${next}`]);
  const watcher = await site.db.selectFrom('watcher').select('generation').executeTakeFirst();
  expect(watcher).toEqual({ generation: 2 });
});

test('people ask for runs by branch and by id; what cannot be had is refused', async () => {
  await using site = await given();
  const { request } = await site.watch();
  const { git, first } = site;
  const topic = await git.commit({ branch: 'topic', from: first, files: { 'app/b.txt': '1' } });

  const newest = await request({});
  await request({ branch: 'topic' });
  await request({ branch: 'topic', revision: first.slice(0, 8) });
  const refused = [
    await request({ branch: 'nowhere' }),
    await request({ branch: '--upload-pack=x' }),
    await request({ revision: 'HEAD~1' }),
    await request({ revision: '0000000' }),
  ];

  expect(newest.kind).toBe('created');
  expect(await site.runs(3)).toEqual([`main 0 ${first}`, `topic 1 ${topic}`, `topic 0 ${first}`]);
  expect(refused.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused', 'refused']);
});
