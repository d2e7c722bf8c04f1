import { expect, test } from 'vitest';
import { createToken } from '../../src/store/tokens.ts';
import { listedRoutes } from './listed-routes.ts';
import { startHttp } from './start-http.ts';
import { testConfig } from './test-config.ts';

/** Beside health and badges: the page's own documents, and its log-in, which asks for a token in its body. */
const pagePaths = [
  '/',
  '/start',
  '/pipelines',
  '/runs',
  '/environments',
  '/repositories',
  '/events',
  '/workers',
  '/lint',
  '/favicon.svg',
];
const openPaths = [
  ...['/healthz', '/readyz', '/badges/x', ...pagePaths].flatMap((path) => [`GET ${path}`, `HEAD ${path}`]),
  'POST /api/v1/session',
].sort();

/** A hook's secret is looked at when its body is one. */
const hookBodies: Record<string, object> = {
  '/hooks/svn': { uuid: 'x', revision: 1 },
  '/hooks/git': { repository: 'x', ref: 'refs/heads/main', before: '0'.repeat(40), after: '1'.repeat(40) },
};

/** The address of a hook says to anybody that it takes POST, and does nothing else. */
const hookPaths = ['/hooks/svn', '/hooks/git', '/hooks/gitlab', '/hooks/github', '/hooks/gitea'];
const jenkinsPath = '/subversion/x/notifyCommit';

test('every path that the server has asks for a secret, except health and badges', async () => {
  await using http = await startHttp();
  const routes = listedRoutes(http.app).map(({ method, url }) => ({
    method,
    url: url.replace(/:[a-z]+/g, 'x'),
  }));

  const open: string[] = [];
  for (const { method, url } of routes) {
    const payload = hookBodies[url];
    const { statusCode } = await http.app.inject({ method, url, ...(payload && { payload }) });
    const isRefused = statusCode === 405 && [...hookPaths, jenkinsPath].includes(url) && method !== 'POST';
    if (statusCode !== 401 && !isRefused) open.push(`${method} ${url}`);
  }

  expect(routes.length).toBeGreaterThan(100);
  expect(open.sort()).toEqual(openPaths);
});

test('whoever opens the address of a hook in a browser is told that it takes POST, and no token is asked for', async () => {
  await using http = await startHttp();

  for (const url of [...hookPaths, jenkinsPath]) {
    const answer = await http.app.inject({ url });

    expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'POST']);
    expect(answer.json().hint).toContain('it takes POST');
  }
});

test('a path that does not exist asks for a token too', async () => {
  await using http = await startHttp();

  const stranger = await http.app.inject('/api/v1/nothing');
  const reader = await http.app.inject({ url: '/api/v1/nothing', headers: await http.as('read') });

  expect(stranger.statusCode).toBe(401);
  expect(stranger.headers['www-authenticate']).toContain('Bearer');
  expect(reader.statusCode).toBe(404);
});

test('a token in the address is not taken', async () => {
  await using http = await startHttp();
  const { authorization } = await http.as('admin');
  const token = authorization.replace('Bearer ', '');

  const answer = await http.app.inject(`/api/v1/runs?token=${token}&access_token=${token}`);

  expect(answer.statusCode).toBe(401);
  expect(http.logged.join('')).not.toContain(token);
});

test('a scope includes those before it and none behind it', async () => {
  await using http = await startHttp();
  const paths = {
    read: ['GET', '/api/v1/runs'],
    run: ['POST', '/api/v1/runs/x/retry'],
    admin: ['GET', '/api/v1/tokens'],
  } as const;

  const refused: string[] = [];
  for (const scope of ['read', 'run', 'admin'] as const) {
    const headers = await http.as(scope);
    for (const [needed, [method, url]] of Object.entries(paths)) {
      const { statusCode } = await http.app.inject({ method, url, headers });
      if (statusCode === 403) refused.push(`${scope} for ${needed}`);
    }
  }

  expect(refused).toEqual(['read for run', 'read for admin', 'run for admin']);
});

test('an expired token is refused', async () => {
  await using http = await startHttp();
  const { token } = await createToken(http.db, {
    name: 'old',
    scopes: ['read'],
    expiresAt: new Date(Date.now() - 1000),
  });

  const answer = await http.app.inject({
    url: '/api/v1/runs',
    headers: { authorization: `Bearer ${token}` },
  });

  expect(answer.statusCode).toBe(401);
  expect(answer.json()).toMatchObject({ code: 'token-refused' });
});

test('an address that tries many tokens is held back, a working token from there is not', async () => {
  await using http = await startHttp({ sourceRates: { failedTokens: 3, failedHooks: 3, hooks: 3 } });
  const wrong = { url: '/api/v1/runs', headers: { authorization: 'Bearer trk_wrong' } };

  const answers = [];
  for (let attempt = 0; attempt < 4; attempt++) answers.push((await http.app.inject(wrong)).statusCode);
  const right = await http.app.inject({ url: '/api/v1/runs', headers: await http.as('read') });

  expect(answers).toEqual([401, 401, 401, 429]);
  expect(right.statusCode).toBe(200);
});

test('behind a proxy that is named each sender counts by itself, and nobody else can say who it is', async () => {
  const sourceRates = { failedTokens: 9, failedHooks: 2, hooks: 9 };
  const config = { ...testConfig, trustedProxies: ['127.0.0.1', '10.42.0.0/16'] };
  await using http = await startHttp({ sourceRates, config });
  const hook = async (from: string, proxy = '127.0.0.1') => {
    const headers = { 'x-forwarded-for': from, authorization: 'Bearer wrong' };
    const [before, after] = ['1'.repeat(40), '2'.repeat(40)];
    const payload = { repository: 'web', ref: 'refs/heads/main', before, after };
    const request = { method: 'POST', url: '/hooks/git', headers, payload, remoteAddress: proxy } as const;
    return (await http.app.inject(request)).statusCode;
  };

  const stranger = [
    await hook('1.1.1.1'),
    await hook('9.9.9.9, 1.1.1.1'),
    await hook('8.8.8.8, 1.1.1.1, 10.42.0.7'),
  ];
  const others = [await hook('2.2.2.2'), await hook('2.2.2.2', '10.42.3.4')];
  const unnamed = [];
  for (const from of ['3.3.3.3', '4.4.4.4', '5.5.5.5']) unnamed.push(await hook(from, '7.7.7.7'));

  expect(stranger).toEqual([401, 401, 429]);
  expect(others).toEqual([401, 401]);
  expect(unnamed).toEqual([401, 401, 429]);
});

test('every call that changes something leaves an audit row before it is done', async () => {
  await using http = await startHttp();
  const headers = await http.as('admin');

  await http.app.inject({ method: 'POST', url: '/api/v1/events/none/replay', headers });
  await http.app.inject({
    method: 'POST',
    url: '/api/v1/tokens',
    headers,
    payload: { name: 'deployer', scopes: ['run'] },
  });
  await http.app.inject({ url: '/api/v1/tokens', headers });

  const rows = await http.db.selectFrom('audit').selectAll().orderBy('id').execute();
  expect(rows).toMatchObject([
    { who: 'the admin', action: 'event.replay', target: '/api/v1/events/none/replay' },
    { who: 'the admin', action: 'token.create', detail: { input: { name: 'deployer', scopes: ['run'] } } },
  ]);
  expect(JSON.stringify(rows)).not.toContain('trk_');
});
