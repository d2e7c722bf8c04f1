import { expect, test } from 'vitest';
import { createToken, revokeToken } from '../../src/store/tokens.ts';
import { type HttpFixture, startHttp } from './start-http.ts';

const own = { 'sec-fetch-site': 'same-origin' };

test('a token is pasted once: from then on a cookie stands for it that scripts and other sites cannot use', async () => {
  await using http = await startHttp();
  const { token } = await createToken(http.db, { name: 'alice', scopes: ['run'], expiresAt: null });

  const answer = await logIn(http, token);
  const who = await http.app.inject({ url: '/api/v1/session', cookies: cookiesOf(answer) });

  expect(answer.statusCode).toBe(204);
  expect(answer.cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', path: '/' }]);
  expect(answer.cookies[0]?.secure).toBeUndefined();
  expect(who.json()).toMatchObject({ name: 'alice', scopes: ['run'], version: '0.0.0-test' });
  const sessions = await http.db.selectFrom('session').selectAll().execute();
  expect(sessions[0]?.hash).not.toBe(answer.cookies[0]?.value);
  expect(JSON.stringify(await http.db.selectFrom('audit').selectAll().execute())).not.toContain(token);
});

test('over https the cookie never travels in the clear', async () => {
  await using http = await startHttp();
  const { createHttpServer } = await import('../../src/http/server.ts');
  const config = { ...http.parts.config, url: 'https://ci.example.com' };
  const app = await createHttpServer({ ...http.parts, config });
  const { token } = await createToken(http.db, { name: 'alice', scopes: ['read'], expiresAt: null });

  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/session',
    headers: own,
    payload: { token },
  });

  expect(answer.cookies[0]?.secure).toBe(true);
  await app.close();
});

test('a session ends with a log-out, and with its token', async () => {
  await using http = await startHttp();
  const { token, row } = await createToken(http.db, { name: 'alice', scopes: ['read'], expiresAt: null });
  const first = cookiesOf(await logIn(http, token));
  const second = cookiesOf(await logIn(http, token));
  const status = async (cookies: Record<string, string>) =>
    (await http.app.inject({ url: '/api/v1/runs', cookies })).statusCode;

  const both = [await status(first), await status(second)];
  const out = await http.app.inject({
    method: 'DELETE',
    url: '/api/v1/session',
    headers: own,
    cookies: first,
  });
  const afterLogOut = [await status(first), await status(second)];
  await revokeToken(http.db, row.id);

  expect(out.statusCode).toBe(204);
  expect(out.cookies[0]).toMatchObject({ value: '' });
  expect([both, afterLogOut]).toEqual([
    [200, 200],
    [401, 200],
  ]);
  expect(await status(second)).toBe(401);
});

test('a session that has expired is over', async () => {
  await using http = await startHttp();
  const { token } = await createToken(http.db, { name: 'alice', scopes: ['read'], expiresAt: null });
  const cookies = cookiesOf(await logIn(http, token));
  await http.db
    .updateTable('session')
    .set({ expires_at: new Date(Date.now() - 1000) })
    .execute();

  const answer = await http.app.inject({ url: '/api/v1/runs', cookies });

  expect(answer.statusCode).toBe(401);
});

test('what changes something is done for the own page only, whoever made the browser send the cookie', async () => {
  await using http = await startHttp();
  const { token } = await createToken(http.db, { name: 'alice', scopes: ['admin'], expiresAt: null });
  const cookies = cookiesOf(await logIn(http, token));
  const post = async (headers: Record<string, string>) => {
    const answer = await http.app.inject({
      method: 'POST',
      url: '/api/v1/events/none/replay',
      headers: { host: 'ci.example.com', ...headers },
      cookies,
    });
    return answer.statusCode;
  };

  expect(await post({ 'sec-fetch-site': 'same-origin' })).toBe(404);
  expect(await post({ origin: 'http://ci.example.com' })).toBe(404);
  expect(await post({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await post({ 'sec-fetch-site': 'same-site' })).toBe(403);
  expect(await post({ origin: 'https://evil.example.com' })).toBe(403);
  expect(await post({ origin: 'null' })).toBe(403);
  expect(await post({})).toBe(403);
});

test('guessing at the log-in is held back as everywhere', async () => {
  await using http = await startHttp({ sourceRates: { failedTokens: 2, failedHooks: 3, hooks: 3 } });

  const answers = [];
  for (let attempt = 0; attempt < 3; attempt++) answers.push((await logIn(http, 'trk_wrong')).statusCode);

  expect(answers).toEqual([401, 401, 429]);
});

function logIn({ app }: HttpFixture, token: string) {
  return app.inject({ method: 'POST', url: '/api/v1/session', headers: own, payload: { token } });
}

function cookiesOf({ cookies }: Awaited<ReturnType<typeof logIn>>): Record<string, string> {
  return Object.fromEntries(cookies.map(({ name, value }) => [name, value]));
}
