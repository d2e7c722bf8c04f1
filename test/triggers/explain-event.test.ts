import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { revisionKey, storeEvent } from '../../src/store/events.ts';
import { listEvents } from '../../src/store/list-events.ts';
import { claimWatcher, endPoll, ensureWatcher } from '../../src/store/watchers.ts';
import { explainEvent } from '../../src/triggers/explain-event.ts';
import { startDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';
import { given, settled, zero } from './git-triggers-under-test.ts';
import { pipelineOf } from './triggers-under-test.ts';
import { watchedShop } from './watched-shop.ts';

test('a hook is shown as handled only when history has been read up to the revision that it announced', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test explain' });
  const { db } = store;
  const id = randomUUID();
  await ensureWatcher(db, 'shop', 'svn://svn.example.com/shop');
  await db.updateTable('watcher').set({ cursor: 8 }).execute();
  await storeEvent(db, {
    ...{ id, source: 'svn-hook', repository: 'shop', revision: '9', deliveryKey: id },
    ...{ remote: null, headers: {}, body: {}, state: 'handled' },
  });

  const before = await explainEvent(db, id);
  const listedBefore = await listEvents(db, {}, { limit: 5, after: null });
  await db.updateTable('watcher').set({ cursor: 9 }).execute();
  const after = await explainEvent(db, id);
  const listedAfter = await listEvents(db, {}, { limit: 5, after: null });

  expect(before).toMatchObject({ event: { state: 'received' }, changes: [] });
  expect(after).toMatchObject({ event: { state: 'handled' }, changes: [] });
  const states = [listedBefore, listedAfter].map(({ rows }) => rows.map(({ state }) => state));
  expect(states).toEqual([['received'], ['handled']]);
});

test('a hook whose revision comes only after it was given up is no failure any more', async () => {
  await using shop = await watchedShop([pipelineOf('app')]);
  const { db } = shop.triggers.store;
  const eventId = randomUUID();
  await storeEvent(db, {
    ...{ id: eventId, source: 'svn-hook', repository: 'shop', revision: '2' },
    ...{ deliveryKey: revisionKey('commit', '2'), remote: null, headers: {}, body: {} },
    ...{ state: 'failed', error: 'r2 was announced but did not appear' },
  });
  await db
    .updateTable('event')
    .set({ received_at: new Date(Date.now() - 3_600_000) })
    .execute();

  await shop.commit({ 'trunk/app/a.txt': '2' });

  const { event, changes } = (await explainEvent(db, eventId)) ?? {};
  expect(event).toMatchObject({ state: 'handled', error: null });
  expect(changes).toMatchObject([{ revision: '2' }]);
});

test('a Git hook is shown as handled only when the refs have been read by a poll that began after it', async () => {
  await using postgres = await startDatabase();
  await using store = openDatabase({ url: postgres.url, applicationName: 'test explain' });
  const { db } = store;
  const repository = 'web';
  await ensureWatcher(db, repository, 'https://git.example.com/web.git');
  const poll = async (during?: () => Promise<unknown>) => {
    await claimWatcher(db, { repository, owner: 'test', ttlMs: 10_000, ifDue: false });
    await during?.();
    const nextPollInMs = { withHooks: 60_000, withoutHooks: 60_000 };
    await endPoll(db, { repository, owner: 'test', nextPollInMs, askedForHead: true });
  };
  const id = randomUUID();
  const statesOf = async () => {
    const { rows } = await listEvents(db, {}, { limit: 5, after: null });
    return [(await explainEvent(db, id))?.event.state, ...rows.map(({ state }) => state)];
  };

  await poll();
  await poll(() =>
    storeEvent(db, {
      ...{ id, source: 'git-hook', repository, revision: 'a'.repeat(40), deliveryKey: id },
      ...{ remote: null, headers: {}, body: { kind: 'push', ref: 'refs/heads/main' }, state: 'handled' },
    }),
  );
  const before = await statesOf();
  await poll();

  expect(before).toEqual(['received', 'received']);
  expect(await statesOf()).toEqual(['handled', 'handled']);
});

test('an annotated tag that a poll had found before its hook came is told by either', async () => {
  await using site = await given();
  await site.watch({ pollMs: 200 });
  const { git, first } = site;
  await git.git('tag', '-a', '-m', 'version 1', 'v1', first);
  const tag = (await git.git('rev-parse', 'refs/tags/v1')).trim();
  await site.runs(1);

  const receipt = await site.hook({ ref: 'refs/tags/v1', before: zero, after: tag });
  const { changes } = await settled(site, 'eventId' in receipt ? receipt.eventId : '');

  expect(tag).not.toBe(first);
  expect(changes).toMatchObject([
    { branch: 'tags/v1', revision: first, happened: 'created', decisions: [{ verdict: 'run' }] },
  ]);
});

test('a branch that polls had found made and deleted is told by the hook of either, each by what it did', async () => {
  await using site = await given();
  await site.watch({ pollMs: 200 });
  const { git, first, db } = site;
  const ref = 'refs/heads/topic';
  const found = async (count: number) =>
    (await db.selectFrom('change').select('id').execute()).length === count;
  await git.git('update-ref', ref, first);
  await waitFor(() => found(1), { what: 'the branch to be found', deadlineMs: 60_000 });
  await git.git('update-ref', '-d', ref);
  await waitFor(() => found(2), { what: 'its end to be found', deadlineMs: 60_000 });

  const told = [];
  for (const [before, after] of [
    [zero, first],
    [first, zero],
  ] as const) {
    const receipt = await site.hook({ ref, before, after });
    const { changes } = await settled(site, 'eventId' in receipt ? receipt.eventId : '');
    told.push(changes.map(({ branch, happened }) => `${branch} ${happened}`));
  }

  expect(told).toEqual([['topic created'], ['topic deleted']]);
});
