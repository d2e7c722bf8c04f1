import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { payload, secret, startForges } from './forges-under-test.ts';
import { hmac } from './webhook-signatures.ts';

type Forges = Awaited<ReturnType<typeof startForges>>;

/** Well signed, whatever it is. */
function send(forges: Forges, body: string, headers: Record<string, string> = {}) {
  const signed = { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hmac(secret, body)}` };
  return forges.raw('/hooks/github', body, { ...signed, ...headers });
}

test('an address with slashes too many, as people enter it, is that of the webhook', async () => {
  await using forges = await startForges();
  const body = await payload('github-push-new-branch');
  const headers = { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hmac(secret, body)}` };

  const answers = [
    await forges.raw('//hooks/github', body, headers),
    await forges.raw('/hooks//github/', body, headers),
  ];

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 200]);
});

test('what is no push is answered as ignored, with the reason, and stores nothing', async () => {
  await using forges = await startForges();
  const push = JSON.parse(await payload('github-push-new-branch'));
  const zero = '0'.repeat(40);
  const bodies: [body: unknown, why: RegExp, event?: string][] = [
    [null, /no event of a Git server/],
    [[push], /no event of a Git server/],
    ['push', /no event of a Git server/],
    [{ ...push, before: zero, after: zero }, /not there before and is not there now/],
    [{ ...push, after: 'abc' }, /no push of a branch or tag/],
    [{ ...push, after: push.after.toUpperCase() }, /no push of a branch or tag/],
    ...['refs/pull/1/head', 'HEAD', '', 'refs/heads/-x', 'refs/heads/a..b', 'refs/heads/a\0b'].map(
      (ref): [unknown, RegExp] => [{ ...push, ref }, /no push of a branch or tag/],
    ),
    [{ ...push, ref: `refs/heads/${'x'.repeat(5_000)}` }, /no push of a branch or tag/],
    [push, /no push, tag or pull request/, 'marketplace_purchase'],
  ];

  for (const [body, why, event = 'push'] of bodies) {
    const answer = await send(forges, JSON.stringify(body), { 'x-github-event': event });

    expect({ body: JSON.stringify(body).slice(0, 80), status: answer.statusCode }).toMatchObject({
      status: 200,
    });
    expect(answer.json().ignored).toMatch(why);
  }
  expect(await forges.http.db.selectFrom('event').select('id').execute()).toEqual([]);
});

test('texts that no database can hold count as missing, and the push as what it is', async () => {
  await using forges = await startForges();
  const push = JSON.parse(await payload('github-push-new-branch'));
  const strange = ['a\0b', 'half \ud800', 'x'.repeat(100_000)];

  for (const [index, login] of strange.entries()) {
    const after = `${index}`.repeat(40).replaceAll('0', 'e');
    const answer = await send(forges, JSON.stringify({ ...push, after, sender: { login } }));

    expect(answer.statusCode).toBe(202);
  }
  const rows = await forges.http.db.selectFrom('event').select('body').execute();
  expect(rows.map(({ body }) => body)).toMatchObject(strange.map(() => ({ kind: 'push', by: null })));
});

test('bodies that are nested without end, cut off, empty or compressed are refused or ignored, never a fault', async () => {
  await using forges = await startForges();
  const packed = gzipSync(Buffer.alloc(1_000_000)).toString('latin1');
  const depth = 200_000;

  const answers = [
    await send(forges, '{"ref":'),
    await send(forges, ''),
    await send(forges, '<push/>', { 'content-type': 'text/xml' }),
    await send(forges, packed, { 'content-encoding': 'gzip' }),
    await send(forges, '['.repeat(depth) + ']'.repeat(depth)),
    await send(forges, `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  ];

  expect(answers.map(({ statusCode, json }) => [statusCode, json().code ?? 'ignored'])).toEqual([
    ...[1, 2, 3].map(() => [400, 'malformed-body']),
    [415, 'encoding-not-supported'],
    [200, 'ignored'],
    [200, 'ignored'],
  ]);
});

test('a push is stored whatever is nested without end beside it, which is not kept', async () => {
  await using forges = await startForges();
  const depth = 100_000;
  const push = (await payload('github-push-new-branch')).trim();
  const endless = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  const answer = await send(forges, push.replace(/\}$/, `, "more": ${endless}}`));

  expect(answer.statusCode).toBe(202);
  const stored = await forges.http.db.selectFrom('event').select(['body', 'payload']).execute();
  expect(stored).toMatchObject([{ body: { kind: 'push' }, payload: null }]);
});

test('one delivery in 100 copies at once, among others that are broken, is one event', async () => {
  await using forges = await startForges();
  const body = await payload('github-push-new-branch');
  const delivery = { 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' };
  const broken = JSON.stringify({ ...JSON.parse(body), sender: { login: '\0' } });

  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      index % 10 === 0
        ? send(forges, broken, { 'x-github-delivery': `b${index}` })
        : send(forges, body, delivery),
    ),
  );

  const copies = answers.filter((_, index) => index % 10 !== 0);
  expect(new Set(copies.map((answer) => answer.json().event)).size).toBe(1);
  expect(copies.filter(({ statusCode }) => statusCode === 202)).toHaveLength(1);
  expect(answers.every(({ statusCode }) => statusCode === 200 || statusCode === 202)).toBe(true);
});
