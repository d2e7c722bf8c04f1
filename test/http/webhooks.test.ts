import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { payload, secret, startForges, token } from './forges-under-test.ts';
import { hmac, standard } from './webhook-signatures.ts';

const whsec = `whsec_${Buffer.from('a signing key of thirty-two byte').toString('base64')}`;

const documented = [
  [
    'gitlab-push',
    { kind: 'push', ref: 'refs/heads/master', by: 'jsmith' },
    'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
  ],
  ['gitlab-tag-push', { kind: 'push', ref: 'refs/tags/v1.0.0' }, '82b3d5ae55f7080f1e6022629cdb57bfae7cccc7'],
  [
    'gitlab-merge-request',
    { kind: 'merge-request', number: 1, source: 'ms-viewport', target: 'master', isFork: false, by: 'root' },
    'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
  ],
  [
    'gitlab-pipeline',
    { kind: 'ci-pipeline', id: 31, status: 'success', ref: 'master', isOfRequest: true },
    'bcbb5ec396a2c0f828686f14fac9b80b780504f2',
  ],
  [
    'gitlab-system-push',
    { kind: 'push', ref: 'refs/heads/master', by: null },
    'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
  ],
  [
    'gitlab-system-tag-push',
    { kind: 'push', ref: 'refs/tags/v1.0.0' },
    '82b3d5ae55f7080f1e6022629cdb57bfae7cccc7',
  ],
  ['gitlab-system-repository-update', { kind: 'hint' }, null],
  [
    'gitlab-push-of-version-6',
    { kind: 'push', ref: 'refs/heads/master' },
    'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
  ],
  [
    'github-push-new-branch',
    { kind: 'push', ref: 'refs/heads/master', by: 'Codertocat' },
    '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
  ],
  ['github-push-deleted-tag', { kind: 'push', ref: 'refs/tags/simple-tag' }, null],
  ['github-create', { kind: 'ref', action: 'create', ref: 'refs/tags/simple-tag' }, null],
  [
    'github-pull-request',
    { kind: 'merge-request', number: 2, source: 'changes', isFork: false },
    'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
  ],
  [
    'gitea-push',
    { kind: 'push', ref: 'refs/heads/develop', by: 'gitea' },
    'bffeb74224043ba2feb48d137756c8a9331c449a',
  ],
] as const;

test('every documented payload is stored with what counts of it, and whole without secrets', async () => {
  await using forges = await startForges();

  for (const [name, body, revision] of documented) {
    const answer = await forges.send(name, await payload(name), { 'idempotency-key': name });
    const { event } = answer.json();
    const row = await forges.http.db
      .selectFrom('event')
      .selectAll()
      .where('id', '=', event ?? name)
      .executeTakeFirst();

    // It is of a merge request, from which nothing comes.
    const state = name === 'gitlab-pipeline' ? 'handled' : 'received';
    expect({ name, status: answer.statusCode, ...row }).toMatchObject({
      ...{ name, status: 202, repository: 'web', revision, state, body },
      payload: expect.stringMatching(/^\{.*"(?:repository|project)":\{/),
    });
    expect(row?.payload).not.toMatch(/3gEsCfjlV2ugRwgpU|us-west-1/);
  }
});

test('a ping, an edited title and a comment are answered as ignored, and a repeated delivery with its first event', async () => {
  await using forges = await startForges();
  const request = JSON.parse(await payload('gitlab-merge-request'));
  request.object_attributes.action = 'update';
  const push = await payload('github-push-new-branch');

  const ignored = [
    await forges.send('github-ping', await payload('github-ping')),
    await forges.send('gitlab-merge-request', JSON.stringify(request)),
    await forges.send('gitlab-note', JSON.stringify({ object_kind: 'note' })),
  ];
  const delivery = { 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' };
  const first = await forges.send('github-push-new-branch', push, delivery);
  const again = await forges.send('github-push-new-branch', push, delivery);

  expect(ignored.map(({ statusCode, json }) => [statusCode, Object.keys(json())])).toEqual(
    ignored.map(() => [200, ['ignored']]),
  );
  expect([first.statusCode, again.statusCode]).toEqual([202, 200]);
  expect(again.json()).toEqual(first.json());
});

test('a request of a fork is stored as one, with the ref that it is to be fetched by', async () => {
  await using forges = await startForges();
  const lab = JSON.parse(await payload('gitlab-merge-request'));
  lab.object_attributes.source_project_id = 99;
  const hub = JSON.parse(await payload('github-pull-request'));
  hub.pull_request.head.repo.full_name = 'stranger/Hello-World';

  await forges.send('gitlab-merge-request', JSON.stringify(lab));
  await forges.send('github-pull-request', JSON.stringify(hub));

  const rows = await forges.http.db.selectFrom('event').select('body').orderBy('received_at').execute();
  expect(rows.map(({ body }) => body)).toMatchObject([
    { isFork: true, ref: 'refs/merge-requests/1/head' },
    { isFork: true, ref: 'refs/pull/2/head' },
  ]);
});

test('a GitHub or Gitea body that was changed, signed with another secret or not at all is denied; the next secret works too', async () => {
  await using forges = await startForges();
  const body = await payload('github-push-new-branch');
  const send = (hex: string, sent = body) =>
    forges.raw('/hooks/github', sent, { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hex}` });

  const denied = [
    await send(hmac(secret, body), body.replace('master', 'staging')),
    await send(hmac('another', body)),
    await send(''),
    await send('not hexadecimal'),
    await forges.raw('/hooks/gitea', body, { 'x-gitea-event': 'push' }),
    await forges.raw('/hooks/gitea', body, { 'x-gitea-event': 'push', 'x-gitea-signature': hmac('x', body) }),
  ];
  const next = await send(hmac('the next secret', body));

  expect(denied.map(({ statusCode, json }) => [statusCode, json().code])).toEqual(
    denied.map(() => [401, 'hook-denied']),
  );
  expect(next.statusCode).toBe(202);
});

test('a form with JSON in it, as GitHub sends by default, is understood', async () => {
  await using forges = await startForges();
  const body = new URLSearchParams({ payload: await payload('github-push-new-branch') }).toString();

  const answer = await forges.raw('/hooks/github', body, {
    'content-type': 'application/x-www-form-urlencoded',
    'x-github-event': 'push',
    'x-hub-signature-256': `sha256=${hmac(secret, body)}`,
  });

  expect(answer.statusCode).toBe(202);
});

test('a form of Gitea is signed over the JSON in it', async () => {
  await using forges = await startForges();
  const text = (await payload('gitea-push')).replace('Webhooks Yay!', 'Webhooks 您好 + 100%!');
  const body = new URLSearchParams({ payload: text }).toString();
  const send = (signature: string) =>
    forges.raw('/hooks/gitea', body, {
      'content-type': 'application/x-www-form-urlencoded',
      'x-gitea-event': 'push',
      'x-gitea-signature': signature,
    });

  expect((await send(hmac(secret, text))).statusCode).toBe(202);
  expect((await send(hmac('another', text))).statusCode).toBe(401);
});

test('a byte order mark before the JSON is none of it', async () => {
  await using forges = await startForges();

  const answer = await forges.send(
    'github-push-new-branch',
    `\uFEFF${await payload('github-push-new-branch')}`,
  );

  expect(answer.statusCode).toBe(202);
});

test('Forgejo is understood by its own headers', async () => {
  await using forges = await startForges();
  const body = await payload('gitea-push');

  const answer = await forges.raw('/hooks/gitea', body, {
    'x-forgejo-event': 'push',
    'x-forgejo-delivery': 'd1',
    'x-forgejo-signature': hmac(secret, body),
  });

  expect(answer.statusCode).toBe(202);
});

test('where GitLab signs, one fitting signature of several counts; a wrong, old or missing one does not, nor the token', async () => {
  await using forges = await startForges({ gitlabSigning: [new Secret(whsec)] });
  const body = await payload('gitlab-push');
  const now = Math.floor(Date.now() / 1000);
  const send = (changes: Record<string, string> = {}, sent = body) => {
    const stamp = changes['webhook-timestamp'] ?? `${now}`;
    const signature = `v1,${standard(whsec, `id-1.${stamp}.${body}`)}`;
    const headers = { 'webhook-id': 'id-1', 'webhook-timestamp': stamp, 'webhook-signature': signature };
    return forges.raw('/hooks/gitlab', sent, { 'x-gitlab-token': token, ...headers, ...changes });
  };
  const good = `v1,${standard(whsec, `id-1.${now}.${body}`)}`;

  const denied = [
    await forges.raw('/hooks/gitlab', body, { 'x-gitlab-token': token }),
    await send({}, body.replace('master', 'staging')),
    await send({ 'webhook-signature': `v1,${standard('whsec_AAAA', `id-1.${now}.${body}`)}` }),
    await send({ 'webhook-signature': good.replace('v1,', 'v2,') }),
    await send({ 'webhook-id': 'id-2' }),
    await send({ 'webhook-timestamp': `${now - 301}` }),
    await send({ 'webhook-timestamp': `${now + 302}` }),
    await send({ 'webhook-timestamp': 'soon' }),
  ];
  const first = await send({ 'webhook-signature': `v1,AAAA v1a,BBBB ${good}` });
  const again = await send({ 'webhook-timestamp': `${now - 200}` });
  const replayed = await send({ 'idempotency-key': 'another one, which nobody has signed' });

  expect(denied.map(({ statusCode }) => statusCode)).toEqual(denied.map(() => 401));
  expect([first, again, replayed].map(({ statusCode }) => statusCode)).toEqual([202, 200, 200]);
});
