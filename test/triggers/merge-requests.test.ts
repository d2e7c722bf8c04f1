import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import { branchGroup } from '../../src/domain/pipeline.ts';
import { replayEvent } from '../../src/triggers/replay-event.ts';
import type { CatalogueEntry } from '../../src/triggers/watch.ts';
import { startGitHttpServer } from '../support/git-http-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { given, runsOf, settled, tell, zero } from './git-triggers-under-test.ts';
import { pipelineOf } from './triggers-under-test.ts';

const documented = JSON.parse(
  await readFile(new URL('../http/payloads/gitlab-merge-request.json', import.meta.url), 'utf8'),
);

/** GitLab's own example of merge request 1, of `topic` into `main`. */
function payloadOf(revision: string, changes: object = {}) {
  const branches = { source_branch: 'topic', target_branch: 'main', last_commit: { id: revision } };
  const object_attributes = { ...documented.object_attributes, ...branches, ...changes };
  return { ...documented, object_attributes };
}

function requested(name: string, branches: string[] = ['**'], path = ''): CatalogueEntry {
  const entry = pipelineOf(name, { path });
  return { ...entry, pipeline: { ...entry.pipeline, on: { ...noTriggers, mergeRequest: { branches } } } };
}

test('a merge request runs its newest commit, and every pipeline says why it does or does not', async () => {
  await using site = await given([
    requested('app'),
    requested('release', ['release-*']),
    requested('web', ['main'], 'web'),
    pipelineOf('trunk'),
  ]);
  const head = await site.git.commit({ branch: 'topic', files: { 'app/a.txt': '2' }, message: 'topic' });
  await site.start();

  const eventId = await tell(site, payloadOf(head));

  expect(await runsOf(site)).toEqual([`app topic ${head} merge-request`]);
  const run = await site.db.selectFrom('run').selectAll().executeTakeFirstOrThrow();
  const request = { number: 1, source: 'topic', target: 'main' };
  expect(run).toMatchObject({
    requested_by: 'root',
    told: { request },
    message: 'topic',
    event_id: eventId,
  });
  const { changes } = await settled(site, eventId);
  expect(changes).toMatchObject([{ branch: 'topic', revision: head, request }]);
  const refused = changes[0]?.decisions.map(({ pipeline, verdict, filters }) =>
    [pipeline, verdict, ...filters.flatMap(({ filter, passed }) => (passed ? [] : [filter]))].join(' '),
  );
  expect(refused).toEqual(['app run', 'release skip branches', 'trunk skip on', 'web skip source']);
});

test('the same commit of a request told twice, replayed or reopened is one run; a new commit is a new one', async () => {
  await using site = await given([requested('app')]);
  const first = await site.git.commit({ branch: 'topic', files: { 'app/a.txt': '2' } });
  await site.start();

  const eventId = await tell(site, payloadOf(first), 'delivery-1');
  await tell(site, payloadOf(first), 'delivery-2');
  await tell(site, payloadOf(first, { action: 'reopen' }), 'delivery-3');
  await replayEvent(site.db, eventId);
  await settled(site, eventId);
  const second = await site.git.commit({ branch: 'topic', files: { 'app/a.txt': '3' } });
  await tell(site, payloadOf(second, { action: 'update', oldrev: first }), 'delivery-4');

  expect(await runsOf(site)).toEqual([
    `app topic ${first} merge-request`,
    `app topic ${second} merge-request`,
  ]);
});

test('a commit of a request that its branch had left when it was looked at stays one run, however far the branch goes on', async () => {
  await using site = await given([requested('app')]);
  await site.watch();
  const first = await site.git.commit({ branch: 'topic', files: { 'app/a.txt': '2' } });
  const second = await site.git.commit({ branch: 'topic', files: { 'app/a.txt': '3' } });
  await site.start();
  const opened = await tell(site, payloadOf(first), 'delivery-1');

  await site.hook({ ref: 'refs/heads/topic', before: first, after: second });
  await waitFor(
    () => site.db.selectFrom('change').where('revision', '=', second).select('id').executeTakeFirst(),
    {
      what: 'the move of the branch to be found',
    },
  );
  await tell(site, payloadOf(first), 'delivery-2');
  await replayEvent(site.db, opened);
  await settled(site, opened);

  expect(await runsOf(site)).toEqual([`app topic ${first} merge-request`]);
});

test('a request that is to be merged into another branch is decided anew, once, and each of its events says what came of it', async () => {
  await using site = await given([requested('app'), requested('release', ['release-*'])]);
  const head = await site.git.commit({ branch: 'topic', files: { 'app/a.txt': '2' } });
  await site.start();
  const retargeted = (from: string, to: string) => ({
    ...payloadOf(head, { action: 'update', state: 'opened', oldrev: '', target_branch: to }),
    changes: { target_branch: { previous: from, current: to } },
  });

  const opened = await tell(site, payloadOf(head));
  const moved = await tell(site, retargeted('main', 'release-1'));
  await tell(site, retargeted('release-1', 'main'));
  await tell(site, retargeted('main', 'release-1'));
  await replayEvent(site.db, moved);

  const targets = [await settled(site, opened), await settled(site, moved)].map(({ changes }) =>
    changes.map(({ request }) => request?.target),
  );
  expect(targets).toEqual([['main'], ['release-1']]);
  const runs = await site.db.selectFrom('run').select(['pipeline', 'told']).orderBy('created_at').execute();
  expect(runs.map(({ pipeline, told }) => `${pipeline} ${told.request?.target}`).toSorted()).toEqual([
    'app main',
    'app release-1',
    'release release-1',
  ]);
});

test('a fetch that takes longer than an event is held stays with the server that began it', async () => {
  await using site = await given([requested('app')]);
  await using server = await startGitHttpServer(site.git.root);
  const answer = Promise.withResolvers<void>();
  server.until = answer.promise;
  const head = await site.git.commit({ branch: 'topic', files: { 'app/a.txt': '2' } });
  const url = `${server.url}/shop.git`;
  // Long enough for a busy machine to say again in time that it still holds it.
  const holdMs = 3_000;
  await site.start({ url, holdMs });
  const receipt = await site.tell(payloadOf(head));
  const heldUntil = async () => {
    const event = await site.db.selectFrom('event').select('retry_at').executeTakeFirst();
    return event?.retry_at?.getTime() ?? 0;
  };
  const first = await waitFor(heldUntil, { what: 'the event to be taken' });

  await site.start({ url, holdMs, owner: 'another' });
  await waitFor(async () => (await heldUntil()) > first + holdMs, { what: 'the event to be held on to' });
  answer.resolve();
  await settled(site, 'eventId' in receipt ? receipt.eventId : '');

  expect(await runsOf(site)).toEqual([`app topic ${head} merge-request`]);
  const asked = server.requests.filter(({ path }) => path.includes('info/refs'));
  expect(asked.length).toBeLessThanOrEqual(2);
  expect(await site.db.selectFrom('event').select('attempts').execute()).toEqual([{ attempts: 2 }]);
});

test('a closed request and one of a fork start nothing, also when their events are replayed', async () => {
  await using site = await given([requested('app')]);
  const head = await site.git.commit({ branch: 'topic', files: { 'app/a.txt': '2' } });
  await site.start();

  const closed = await tell(site, payloadOf(head, { action: 'close' }), 'closed');
  const forked = await tell(site, payloadOf(head, { source_project_id: 99 }), 'forked');
  for (const eventId of [closed, forked]) await replayEvent(site.db, eventId);

  const [afterClose, afterFork] = [await settled(site, closed), await settled(site, forked)];
  expect(afterClose.event).toMatchObject({ state: 'handled', error: expect.stringContaining('(close)') });
  expect(afterFork.event).toMatchObject({ state: 'failed', error: expect.stringContaining('untrusted') });
  expect(await runsOf(site)).toEqual([]);
});

test('a commit that came to its branch and to a merge request is a run of each for a pipeline that takes both, and once', async () => {
  const both = pipelineOf('app', { branches: ['**'] });
  both.pipeline.on.mergeRequest = { branches: ['**'] };
  both.pipeline.concurrency.group = branchGroup;
  await using site = await given([both]);
  await site.watch();
  await site.start();
  const head = await site.git.commit({ branch: 'topic', files: { 'app/a.txt': '2' } });

  const [eventId, ...pushes] = await Promise.all([
    tell(site, payloadOf(head)),
    site.hook({ ref: 'refs/heads/topic', before: zero, after: head }),
  ]);
  await waitFor(
    async () => {
      const changes = await site.db.selectFrom('change').select('id').execute();
      return changes.length === 2;
    },
    { what: 'both changes' },
  );
  await replayEvent(site.db, eventId);
  const { changes } = await settled(site, eventId);
  const approved = await tell(site, payloadOf(head, { action: 'approved' }));
  const [pushId] = pushes.flatMap((receipt) => ('eventId' in receipt ? [receipt.eventId] : []));
  const again = await tell(site, payloadOf(head, { action: 'reopen' }));

  expect(changes.map(({ request }) => request?.number)).toEqual([1]);
  expect((await settled(site, again)).changes).toEqual(changes);
  expect((await settled(site, approved)).changes).toEqual([]);
  expect((await settled(site, pushId ?? '')).changes.map(({ request }) => request)).toEqual([null]);
  expect((await runsOf(site)).toSorted()).toEqual([
    `app topic ${head} commit`,
    `app topic ${head} merge-request`,
  ]);
  const runs = await site.db.selectFrom('run').select(['trigger', 'told', 'concurrency_group']).execute();
  const [ofBranch, ofRequest] = runs.toSorted((one, other) => one.trigger.localeCompare(other.trigger));
  expect(ofBranch).toMatchObject({ told: { trigger: 'commit' }, concurrency_group: 'app/topic' });
  expect(ofRequest).toMatchObject({
    told: { request: { number: 1 } },
    concurrency_group: 'app/topic, merge request 1',
  });
});

test('a branch that is gone again when its request is looked at runs nothing, and the event says so', async () => {
  await using site = await given([requested('app')]);
  await site.start();

  const eventId = await tell(site, payloadOf('a'.repeat(40)));

  const { event } = await settled(site, eventId);
  expect(event.state).toBe('failed');
  expect(event.error).toContain('merge request 1: "shop" does not have the branch "topic"');
});

test('a commit that its server shows a little later than it tells of it is looked for again, and run', async () => {
  await using site = await given([requested('app')]);
  await site.start({ replicaPatienceMs: 600_000 });
  const head = await site.git.commit({ branch: 'topic', files: { 'app/a.txt': '2' } });
  await site.git.git('update-ref', 'refs/heads/hidden', head);
  await site.git.git('update-ref', '-d', 'refs/heads/topic');

  const receipt = await site.tell(payloadOf(head));
  const eventId = 'eventId' in receipt ? receipt.eventId : '';
  const event = () => site.db.selectFrom('event').selectAll().where('id', '=', eventId).executeTakeFirst();
  await waitFor(async () => (await event())?.error?.includes('does not have the branch'), {
    what: 'a look in vain',
  });
  await site.git.git('update-ref', 'refs/heads/topic', head);
  await site.runs(1);

  expect(await runsOf(site)).toEqual([`app topic ${head} merge-request`]);
  expect(await event()).toMatchObject({ state: 'handled', error: null });
});
