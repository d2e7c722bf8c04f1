import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { SubversionRepositoryConfig } from '../../src/config/server-config.ts';
import { Secret } from '../../src/domain/secret.ts';
import { takeAnnouncements } from '../../src/store/announcements.ts';
import { insertChanges, type NewChange } from '../../src/store/changes.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ensureWatcher, moveCursor } from '../../src/store/watchers.ts';
import { acceptHook, type IncomingHook } from '../../src/triggers/accept-hook.ts';
import { createIntake } from '../../src/triggers/intake.ts';
import { replayEvent } from '../../src/triggers/replay-event.ts';
import { startDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';
import { shopRepository } from './triggers-under-test.ts';

const shopUuid = '11111111-1111-4111-8111-111111111111';
const otherUuid = '22222222-2222-4222-8222-222222222222';

/** Repository `shop` with a known UUID, `fresh` without one; their tokens are their names and `fresh-next`. */
async function inbox() {
  const stack = new AsyncDisposableStack();
  const postgres = stack.use(await startDatabase());
  const store = openDatabase({ url: postgres.url, applicationName: 'inbox under test' });
  stack.defer(() => store.close());
  const repositories = {
    shop: repository('shop', ['shop']),
    fresh: repository('fresh', ['fresh', 'fresh-next']),
  };
  for (const { name, url } of Object.values(repositories)) await ensureWatcher(store.db, name, url);
  await store.db.updateTable('watcher').set({ uuid: shopUuid }).where('repository', '=', 'shop').execute();
  return {
    db: store.db,
    repositories,
    receive: (hook: Partial<IncomingHook>) =>
      acceptHook(
        { db: store.db, intake: createIntake(store.db), repositories, announce: () => {} },
        { ...commitHook, ...hook },
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const commitHook: IncomingHook = {
  source: 'svn-hook',
  uuid: shopUuid,
  token: 'shop',
  kind: 'commit',
  revision: 7,
  remote: '127.0.0.1',
  headers: { authorization: 'Bearer shop', 'user-agent': 'curl/8', cookie: 'secret=1' },
  body: { uuid: shopUuid, revision: 7 },
};

function repository(name: string, tokens: string[]): SubversionRepositoryConfig {
  const subversion = { root: `svn://svn.example.com/${name}`, uuid: shopUuid };
  return { ...shopRepository({ subversion }), name, hookTokens: tokens.map((token) => new Secret(token)) };
}

test('a wrong token, an unknown UUID and no token at all are denied alike, and leave nothing', async () => {
  await using given = await inbox();

  const receipts = [
    await given.receive({ token: 'wrong' }),
    await given.receive({ uuid: otherUuid }),
    await given.receive({ token: '' }),
  ];

  expect(receipts).toEqual([{ kind: 'denied' }, { kind: 'denied' }, { kind: 'denied' }]);
  expect(await given.db.selectFrom('event').selectAll().execute()).toEqual([]);
});

test('before the first contact a token alone identifies its repository, after it the UUID must fit too', async () => {
  await using given = await inbox();

  const before = await given.receive({ uuid: otherUuid, token: 'fresh-next' });
  await given.db.updateTable('watcher').set({ uuid: otherUuid }).where('repository', '=', 'fresh').execute();
  const known = await given.receive({ uuid: otherUuid, token: 'fresh', revision: 8 });
  const unknown = await given.receive({ uuid: shopUuid, token: 'fresh', revision: 9 });

  expect([before.kind, known.kind, unknown.kind]).toEqual(['stored', 'stored', 'denied']);
  const events = await given.db.selectFrom('event').select('repository').execute();
  expect(events).toEqual([{ repository: 'fresh' }, { repository: 'fresh' }]);
});

test('of two repositories with the same UUID, a clone and its original, the token tells which is meant', async () => {
  await using given = await inbox();
  await given.db.updateTable('watcher').set({ uuid: shopUuid }).where('repository', '=', 'fresh').execute();

  const receipts = [await given.receive({}), await given.receive({ token: 'fresh' })];

  expect(receipts.map(({ kind }) => kind)).toEqual(['stored', 'stored']);
  const events = await given.db.selectFrom('event').select(['repository', 'revision']).execute();
  expect(events.toSorted((a, b) => `${a.repository}`.localeCompare(`${b.repository}`))).toEqual([
    { repository: 'fresh', revision: '7' },
    { repository: 'shop', revision: '7' },
  ]);
});

test('a delivery is stored with what came, except for secrets', async () => {
  await using given = await inbox();

  const receipt = await given.receive({});

  expect(receipt.kind).toBe('stored');
  expect(await given.db.selectFrom('event').selectAll().executeTakeFirst()).toMatchObject({
    id: 'eventId' in receipt && receipt.eventId,
    source: 'svn-hook',
    repository: 'shop',
    revision: '7',
    state: 'received',
    headers: { 'user-agent': 'curl/8' },
    body: { uuid: shopUuid, revision: 7 },
  });
});

test('a repeated delivery has the first id, in a new generation of the repository it is another event', async () => {
  await using given = await inbox();

  const first = await given.receive({});
  const again = await given.receive({ source: 'jenkins-hook' });
  await given.db.updateTable('watcher').set({ generation: 2 }).where('repository', '=', 'shop').execute();
  const restored = await given.receive({});

  expect(again).toEqual({ ...first, kind: 'known' });
  expect(restored).toMatchObject({ kind: 'stored' });
});

test('a changed revision property is kept on record and handed to no watcher', async () => {
  await using given = await inbox();

  const revprop = await given.receive({
    kind: 'revprop',
    body: { uuid: shopUuid, revision: 7, kind: 'revprop' },
  });
  const commit = await given.receive({});

  const taken = await takeAnnouncements(given.db, 10);
  expect(taken).toEqual([
    { eventId: 'eventId' in commit && commit.eventId, repository: 'shop', revision: 7 },
  ]);
  expect(revprop.kind).toBe('stored');
  expect(await replayEvent(given.db, 'eventId' in revprop ? revprop.eventId : '')).toBe('replayed');
});

test('two workers never take the same event, and a replayed one is taken again', async () => {
  await using given = await inbox();
  for (let revision = 1; revision <= 20; revision += 1) await given.receive({ revision });

  const takers = Array.from({ length: 4 }, () => takeAnnouncements(given.db, 10));
  const taken = (await Promise.all(takers)).flat();
  const [some] = taken;
  const replay = await replayEvent(given.db, some?.eventId ?? '');

  expect(taken.map(({ revision }) => revision).toSorted((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  expect(replay).toBe('replayed');
  expect(await takeAnnouncements(given.db, 10)).toEqual([some]);
  expect(await replayEvent(given.db, 'no-such-event')).toBe('unknown');
});

test('hooks of a repository that cannot be read wait until it can, and those of others do not wait with them', async () => {
  await using given = await inbox();
  const setState = (state: 'ok' | 'failing') =>
    given.db.updateTable('watcher').set({ state }).where('repository', '=', 'shop').execute();
  const repositoriesTaken = async () =>
    (await takeAnnouncements(given.db, 10)).map(({ repository }) => repository);

  await setState('failing');
  await given.receive({});
  await given.receive({ uuid: otherUuid, token: 'fresh' });

  expect(await repositoriesTaken()).toEqual(['fresh']);
  await setState('ok');
  expect(await repositoriesTaken()).toEqual(['shop']);
});

test('a UUID that became known a moment ago is accepted, and one that another took the place of is denied soon', async () => {
  await using given = await inbox();
  const intake = createIntake(given.db);
  const receive = async (uuid: string) => {
    const { db, repositories } = given;
    const hook = { ...commitHook, uuid, token: 'fresh', revision: null };
    return (await acceptHook({ db, intake, repositories, announce: () => {} }, hook)).kind;
  };

  const beforeContact = await receive(shopUuid);
  await given.db.updateTable('watcher').set({ uuid: otherUuid }).where('repository', '=', 'fresh').execute();

  expect(beforeContact).toBe('stored');
  expect(await receive(otherUuid)).toBe('stored');
  await waitFor(async () => (await receive(shopUuid)) === 'denied', { what: 'the old UUID to be denied' });
  expect(await receive(otherUuid)).toBe('stored');
});

test('taking a hook and storing what it announced do not wait for each other in a ring', async () => {
  await using given = await inbox();
  const receipt = await given.receive({});
  await given.db.updateTable('watcher').set({ cursor: 6 }).where('repository', '=', 'shop').execute();

  let taking: ReturnType<typeof takeAnnouncements> | undefined;
  await given.db.transaction().execute(async (tx) => {
    await moveCursor(tx, { repository: 'shop', generation: 1, from: 6, to: 7 });
    taking = takeAnnouncements(given.db, 10);
    await waitFor(
      async () => {
        const waiting = await sql`select 1 from pg_locks where not granted`.execute(given.db);
        return waiting.rows.length > 0;
      },
      { what: 'the taker to wait for the row of the watcher' },
    );
    await insertChanges(tx, [changeOf('eventId' in receipt ? receipt.eventId : '')]);
  });

  expect(await taking).toHaveLength(1);
});

function changeOf(eventId: string): NewChange {
  return {
    id: 'change-7',
    ...{ repository: 'shop', generation: 1, branch: 'trunk', move: 7, revision: '7' },
    ...{ author: 'alice', committedAt: null, message: '', paths: [], pathCount: 0 },
    eventId,
  };
}
