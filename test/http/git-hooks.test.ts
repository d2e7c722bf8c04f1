import { expect, test } from 'vitest';
import type { RepositoryConfig } from '../../src/config/server-config.ts';
import { acceptGitHook } from '../../src/triggers/accept-git-hook.ts';
import { createIntake } from '../../src/triggers/intake.ts';
import { type HttpFixture, shopUuid, startHttp } from './start-http.ts';
import { gitlabToken, hookToken, testConfig } from './test-config.ts';

const [before, after, zero] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];
const bearer = { authorization: `Bearer ${hookToken}` };
const gitlab = { 'x-gitlab-token': gitlabToken, 'x-gitlab-event': 'Push Hook' };
const project = {
  git_http_url: 'https://GitLab.example.com/shop/web.git',
  git_ssh_url: 'git@gitlab.example.com:shop/web.git',
};
const push = { object_kind: 'push', ref: 'refs/heads/main', before, after, checkout_sha: after, project };

test('a Git hook is stored before it is answered, and a repeated one is the same event', async () => {
  await using http = await startHttp();
  const payload = { repository: 'web', ref: 'refs/heads/main', before, after };
  const call = { method: 'POST', url: '/hooks/git', headers: bearer, payload } as const;

  const first = await http.app.inject(call);
  const again = await http.app.inject(call);

  expect([first.statusCode, again.statusCode]).toEqual([202, 200]);
  expect(again.json()).toEqual(first.json());
  const rows = await http.db.selectFrom('event').selectAll().execute();
  expect(rows).toMatchObject([
    {
      source: 'git-hook',
      repository: 'web',
      revision: after,
      body: { ref: 'refs/heads/main', before, after },
    },
  ]);
  expect(JSON.stringify(rows)).not.toContain(hookToken);
});

test('an unknown repository, one of another kind and a wrong secret get the same answer', async () => {
  await using http = await startHttp();
  const move = { ref: 'refs/heads/main', before, after };
  const git = (repository: string, headers: object) =>
    http.app.inject({
      method: 'POST',
      url: '/hooks/git',
      headers: { ...headers },
      payload: { repository, ...move },
    });
  const strange = { ...push, project: { git_http_url: 'https://gitlab.example.com/shop/other.git' } };
  const lab = (payload: object, headers: object) =>
    http.app.inject({ method: 'POST', url: '/hooks/gitlab', headers: { ...headers }, payload });

  const hooks = [await git('nowhere', bearer), await git('shop', bearer), await git('web', {})];
  const labs = [
    await lab(strange, gitlab),
    await lab(push, { 'x-gitlab-token': 'wrong' }),
    await lab(push, bearer),
  ];

  for (const answers of [hooks, labs]) {
    const seen = answers.map(({ statusCode, json }) => ({ statusCode, ...json(), requestId: '' }));
    expect(seen[0]).toMatchObject({ statusCode: 401, code: 'hook-denied' });
    expect(seen).toEqual([seen[0], seen[0], seen[0]]);
  }
  expect(await http.db.selectFrom('event').selectAll().execute()).toEqual([]);
});

test('a webhook of a whole server tells of projects that nobody knows here: ignored; of a group denied; neither held against its address', async () => {
  await using http = await startHttp({ sourceRates: { failedHooks: 2 } });
  const send = (payload: object, event?: string) =>
    http.app.inject({
      method: 'POST',
      url: '/hooks/gitlab',
      headers: { ...gitlab, ...(event !== undefined && { 'x-gitlab-event': event }) },
      payload,
    });
  const system = 'System Hook';
  const strange = { ...push, project: { git_http_url: 'https://gitlab.example.com/shop/other.git' } };

  const answers = [await send(strange, system), await send(strange, system), await send(strange, system)];
  const ofGroup = [await send(strange), await send(strange), await send(strange), await send(push)];

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  expect(ofGroup.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 202]);
  expect(answers[0]?.json()).toEqual({
    ignored: expect.stringContaining('(https://gitlab.example.com/shop/other.git)'),
  });
  expect(await http.db.selectFrom('event').select('repository').execute()).toEqual([{ repository: 'web' }]);
});

test('a GitLab that has another name for itself, or for the case of a path, speaks for the one project with that path and token', async () => {
  const { web } = testConfig.repositories;
  if (web === undefined) throw new Error('the config of tests has no "web"');
  const send = async (url: string, repositories: RepositoryConfig[]) => {
    const known = Object.fromEntries(repositories.map((repository) => [repository.name, repository]));
    const config = { ...testConfig, repositories: known };
    await using http: HttpFixture = await startHttp({
      config,
      acceptGitHook: (hook) =>
        acceptGitHook(
          { db: http.db, intake: createIntake(http.db), repositories: known, announce: () => {} },
          hook,
        ),
    });
    const payload = { ...push, project: { git_http_url: url } };
    const answer = await http.app.inject({ method: 'POST', url: '/hooks/gitlab', headers: gitlab, payload });
    const row = await http.db.selectFrom('event').select('repository').executeTakeFirst();
    return [answer.statusCode, row?.repository];
  };
  const copy = { ...web, name: 'copy', url: 'https://10.0.0.5:8929/Shop/web.git' };
  const foreign = { ...copy, gitlabTokens: [] };

  expect(await send('http://3f2a1b9c/shop/web.git', [web])).toEqual([202, 'web']);
  expect(await send('https://gitlab.example.com/Shop/Web.git', [web])).toEqual([202, 'web']);
  expect(await send('http://3f2a1b9c/shop/web.git', [web, foreign])).toEqual([202, 'web']);
  expect(await send('https://gitlab.example.com/shop/web.git', [copy, web])).toEqual([202, 'web']);
  expect(await send('http://3f2a1b9c/shop/web.git', [web, copy])).toEqual([401, undefined]);
  expect(await send('http://3f2a1b9c/shop/web-shop.git', [web])).toEqual([401, undefined]);
});

test.each([
  [{ ref: '--upload-pack=x' }, 'body.ref'],
  [{ ref: 'refs/heads/-x' }, 'body.ref'],
  [{ after: 'HEAD' }, 'body.after'],
])('a Git hook with %j names what is wrong with it', async (wrong, field) => {
  await using http = await startHttp();
  const payload = { repository: 'web', ref: 'refs/heads/main', before, after, ...wrong };

  const answer = await http.app.inject({ method: 'POST', url: '/hooks/git', headers: bearer, payload });

  expect(answer.statusCode).toBe(400);
  expect(answer.json().errors).toMatchObject([{ field }]);
});

test('GitLab deliveries are told apart by their key, and by what they say where they have none', async () => {
  await using http = await startHttp();
  const send = async (payload: object, key?: string) => {
    const uuids = { 'x-gitlab-event-uuid': 'the same', 'x-gitlab-webhook-uuid': `${Math.random()}` };
    const headers = { ...gitlab, ...uuids, ...(key !== undefined && { 'idempotency-key': key }) };
    return (await http.app.inject({ method: 'POST', url: '/hooks/gitlab', headers, payload })).statusCode;
  };

  expect(await send(push, 'one')).toBe(202);
  expect(await send(push, 'one')).toBe(200);
  expect(await send(push, 'two')).toBe(202);
  expect(await send(push)).toBe(202);
  expect(await send(push)).toBe(200);
  expect(await send({ ...push, ref: 'refs/heads/other' })).toBe(202);
  expect(await send({ ...push, after: 'c'.repeat(64), before: '0'.repeat(64) })).toBe(202);
});

test('GitLab tags, deletions and projects known by ssh only are understood; other kinds are ignored', async () => {
  await using http = await startHttp();
  const send = (payload: object) =>
    http.app.inject({ method: 'POST', url: '/hooks/gitlab', headers: gitlab, payload });
  const tag = { ...push, object_kind: 'tag_push', ref: 'refs/tags/v1', user_username: 'ann' };
  const gone = { ...push, after: zero, checkout_sha: null, project: { git_ssh_url: project.git_ssh_url } };

  const stored = [await send(tag), await send(gone)];
  const ignored = [await send({ object_kind: 'note' }), await send({ object_kind: 'merge_request' })];

  expect(stored.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
  expect(ignored.map(({ statusCode, json }) => [statusCode, Object.keys(json())])).toEqual(
    ignored.map(() => [200, ['ignored']]),
  );
  const rows = await http.db
    .selectFrom('event')
    .select(['revision', 'body'])
    .orderBy('received_at')
    .execute();
  expect(rows).toMatchObject([
    { revision: after, body: { ref: 'refs/tags/v1', by: 'ann' } },
    { revision: null },
  ]);
});

test('a push of GitLab that says nothing of what was pushed makes its repository be looked at', async () => {
  const { web } = testConfig.repositories;
  if (web === undefined) throw new Error('the config of tests has no "web"');
  const repositories: Record<string, RepositoryConfig> = { web };
  const announced: string[] = [];
  await using http: HttpFixture = await startHttp({
    config: { ...testConfig, repositories },
    acceptGitHook: (hook) =>
      acceptGitHook(
        {
          db: http.db,
          intake: createIntake(http.db),
          repositories,
          announce: ({ repository }) => announced.push(repository),
        },
        hook,
      ),
  });
  const send = async (payload: object, event = 'Push Hook') => {
    const headers = { ...gitlab, 'x-gitlab-event': event };
    const answer = await http.app.inject({ method: 'POST', url: '/hooks/gitlab', headers, payload });
    return [answer.statusCode, ...Object.keys(answer.json())];
  };
  const update = { event_name: 'repository_update', project, changes: [], refs: [] };

  expect(await send({ text: 'a template' })).toEqual([202, 'event']);
  expect(await send({ text: 'a template' }, 'Tag Push Hook')).toEqual([202, 'event']);
  expect(await send(update, 'System Hook')).toEqual([202, 'event']);
  expect(await send({ text: 'a template' }, 'Issue Hook')).toEqual([200, 'ignored']);
  repositories.other = { ...web, name: 'other', url: 'https://gitlab.example.com/shop/other.git' };
  expect(await send(update, 'System Hook')).toEqual([202, 'event']);
  expect(await send({ text: 'a template' })).toEqual([200, 'ignored']);
  expect(announced).toEqual(['web', 'web', 'web', 'web']);
});

test('a GitLab body of more than 25 MB is refused, and a stranger is before it is read', async () => {
  await using http = await startHttp();
  const payload = { ...push, padding: 'x'.repeat(25 * 1024 * 1024) };
  const send = (headers: object) =>
    http.app.inject({ method: 'POST', url: '/hooks/gitlab', headers: { ...headers }, payload });

  expect((await send(gitlab)).statusCode).toBe(413);
  expect((await send({ 'x-gitlab-token': 'wrong' })).statusCode).toBe(401);
});

test('a Subversion hook does not speak for a Git repository that has the same token', async () => {
  await using http = await startHttp();
  const payload = { uuid: shopUuid, revision: 7 };

  await http.app.inject({ method: 'POST', url: '/hooks/svn', headers: bearer, payload });

  const rows = await http.db.selectFrom('event').select('repository').execute();
  expect(rows).toEqual([{ repository: 'shop' }]);
});
