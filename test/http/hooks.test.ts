import { expect, test } from 'vitest';
import { createHttpServer } from '../../src/http/server.ts';
import { acceptHook } from '../../src/triggers/accept-hook.ts';
import { createIntake } from '../../src/triggers/intake.ts';
import { shopUuid, startHttp } from './start-http.ts';
import { hookToken } from './test-config.ts';

const bearer = { authorization: `Bearer ${hookToken}` };
const commit = { method: 'POST', url: '/hooks/svn', headers: bearer } as const;

test('a hook is stored before it is answered, and a repeated one is the same event', async () => {
  await using http = await startHttp();
  const payload = { uuid: shopUuid, revision: 7 };

  const first = await http.app.inject({ ...commit, payload });
  const again = await http.app.inject({ ...commit, payload });

  expect([first.statusCode, again.statusCode]).toEqual([202, 200]);
  expect(again.json()).toEqual(first.json());
  const rows = await http.db.selectFrom('event').selectAll().execute();
  expect(rows).toMatchObject([
    { id: first.json().event, source: 'svn-hook', repository: 'shop', revision: '7' },
  ]);
  expect(JSON.stringify(rows)).not.toContain(hookToken);
});

test('a hundred copies that come at the same time to two servers are one event', async () => {
  await using http = await startHttp();
  const { db, repositories } = { db: http.db, repositories: http.parts.config.repositories };
  const inbox = { db, repositories, intake: createIntake(db), announce: () => {} };
  const beside = await createHttpServer({ ...http.parts, acceptHook: (hook) => acceptHook(inbox, hook) });
  const payload = { uuid: shopUuid, revision: 8 };

  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, copy) => [http.app, beside][copy % 2]?.inject({ ...commit, payload })),
  );

  await beside.close();
  expect(new Set(answers.map((answer) => answer?.json().event)).size).toBe(1);
  expect(answers.filter((answer) => answer?.statusCode === 202)).toHaveLength(1);
});

test('an unknown repository and a wrong secret get the same answer', async () => {
  await using http = await startHttp();
  await http.db
    .insertInto('watcher')
    .values({ repository: 'shop', url: 'svn://127.0.0.1/shop', uuid: shopUuid })
    .execute();
  const unknownUuid = 'c0ffee00-0000-4000-8000-00000000dead';

  const answers = await Promise.all([
    http.app.inject({ ...commit, payload: { uuid: unknownUuid, revision: 7 } }),
    http.app.inject({
      ...commit,
      headers: { authorization: 'Bearer wrong' },
      payload: { uuid: shopUuid, revision: 7 },
    }),
    http.app.inject({ method: 'POST', url: '/hooks/svn', payload: { uuid: shopUuid, revision: 7 } }),
  ]);

  const seen = answers.map(({ statusCode, json }) => ({ statusCode, ...json(), requestId: '' }));
  expect(seen[0]).toMatchObject({ statusCode: 401, code: 'hook-denied' });
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).toEqual(seen[0]);
});

test('a Jenkins hook is taken as it is, with its token as bearer or password', async () => {
  await using http = await startHttp();
  const url = (revision: number) => `/subversion/${shopUuid}/notifyCommit?rev=${revision}`;
  const basic = { authorization: `Basic ${Buffer.from(`jenkins:${hookToken}`).toString('base64')}` };
  const changed = 'U   trunk/services/cart/a file.js\n'.repeat(100_000);

  const text = await http.app.inject({
    method: 'POST',
    url: url(11),
    headers: { ...basic, 'content-type': 'text/plain;charset=UTF-8' },
    payload: changed,
  });
  const form = await http.app.inject({
    method: 'POST',
    url: url(12),
    headers: { ...bearer, 'content-type': 'application/x-www-form-urlencoded' },
    payload: changed,
  });
  const bare = await http.app.inject({ method: 'POST', url: url(12), headers: bearer });
  const wrong = await http.app.inject({ method: 'POST', url: url(13) });

  expect([text.statusCode, form.statusCode, bare.statusCode, wrong.statusCode]).toEqual([202, 202, 200, 401]);
});

test('a hook whose revision got lost on the way still tells of a commit, and is not taken for revision 0', async () => {
  await using http = await startHttp();
  const jenkins = (rev: string) =>
    http.app.inject({
      method: 'POST',
      url: `/subversion/${shopUuid}/notifyCommit?rev=${rev}`,
      headers: bearer,
    });
  const own = (revision: unknown) =>
    http.app.inject({ ...commit, payload: { uuid: shopUuid.toUpperCase(), revision } });

  const taken = [await jenkins(''), await jenkins('r12'), await own('13'), await own(14)];
  const refused = await Promise.all([null, true, '', '1e3', 1.5, [1]].map(own));

  expect(taken.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 202]);
  const rows = await http.db.selectFrom('event').select('revision').orderBy('received_at').execute();
  expect(rows.map(({ revision }) => revision)).toEqual([null, '12', '13', '14']);
  const message = 'must be the number of the revision';
  for (const answer of refused) {
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ field: 'body.revision', message }]);
  }
  expect((await jenkins('abc')).json().errors).toEqual([{ field: 'query.rev', message }]);
});

test('a malformed hook names what is wrong with it', async () => {
  await using http = await startHttp();

  const answer = await http.app.inject({ ...commit, payload: { uuid: '; rm -rf', revision: -1 } });

  expect(answer.statusCode).toBe(400);
  expect(answer.json().errors.map(({ field }: { field: string }) => field)).toEqual([
    'body.uuid',
    'body.revision',
  ]);
});

test('an address that guesses secrets is held back, even with the right one', async () => {
  await using http = await startHttp({ sourceRates: { failedTokens: 9, failedHooks: 2, hooks: 9 } });
  const payload = { uuid: shopUuid, revision: 7 };
  const guess = { ...commit, headers: { authorization: 'Bearer guess' }, payload };

  const guesses = [];
  for (let attempt = 0; attempt < 3; attempt++) guesses.push((await http.app.inject(guess)).statusCode);
  const right = await http.app.inject({ ...commit, payload });

  expect(guesses).toEqual([401, 401, 429]);
  expect(right.statusCode).toBe(429);
  expect(Number(right.headers['retry-after'])).toBeGreaterThan(0);
});
