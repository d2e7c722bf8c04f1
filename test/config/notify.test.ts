import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { load, problemsOf } from './load-config.ts';

test('who is told of runs has an address that is a secret, and what it wants', async () => {
  const { config } = await load({
    file: `
notify:
  team:
    dingtalk: { url: { env: CHAT }, secret: { env: SIGNED } }
    on: [first-failure, fixed]
    pipelines: [cart]
    branches: ['**', '!branches/try-*']
    language: zh
  ops: { slack: { url: { env: CHAT } } }
`,
    environment: { CHAT: 'https://chat.example.com/x?access_token=t0ken', SIGNED: 'SECabc' },
  });

  expect(config?.notify.team).toMatchObject({
    ...{ name: 'team', kind: 'dingtalk', wanted: ['first-failure', 'fixed'], pipelines: ['cart'] },
    ...{ branches: ['**', '!branches/try-*'], language: 'zh', ca: null, secret: new Secret('SECabc') },
  });
  expect(config?.notify.ops).toMatchObject({
    ...{ kind: 'slack', secret: null, wanted: ['failure', 'fixed', 'approval'] },
    ...{ pipelines: null, branches: null, language: 'en' },
  });
  expect(JSON.stringify(config)).not.toMatch(/t0ken|SECabc/);
});

test('mail goes to a server that is named by its kind of encryption, with an account of the credentials', async () => {
  const { config } = await load({
    file: `
credentials: { relay: { username: ci, password: { env: MAIL } } }
notify:
  plain: { mail: { server: smtp://mail.example.com, from: Trunkline <ci@example.com>, to: [a@example.com], credentials: relay } }
  secure: { mail: { server: 'smtps://[::1]', from: ci@example.com, to: [a@example.com], insecure: true } }
  own: { mail: { server: 'smtp://relay:2525/', from: ci@example.com, to: [a@example.com] } }
`,
    environment: { MAIL: 'pa55word' },
  });

  expect(config?.notify).toMatchObject({
    plain: {
      kind: 'mail',
      server: {
        host: 'mail.example.com',
        port: 587,
        isTls: false,
        insecure: false,
        credentials: { name: 'relay' },
      },
    },
    secure: { server: { host: '::1', port: 465, isTls: true, insecure: true, credentials: null } },
    own: { server: { host: 'relay', port: 2525, isTls: false } },
  });
});

test('a password is not sent where anybody may read it', async () => {
  const problems = await problemsOf(
    `credentials: { relay: { username: ci, password: { env: MAIL } } }
notify:
  team: { mail: { server: smtp://m, from: ci@a.b, to: [x@a.b], credentials: relay, insecure: true } }
`,
    { MAIL: 'pa55word' },
  );

  expect(problems).toEqual([expect.stringContaining('a password does not go over a connection')]);
});

test.each([
  ['{}', 'somebody to tell is one of: dingtalk, feishu, wecom, slack, webhook, mail'],
  ['{ slack: { url: { env: CHAT } }, wecom: { url: { env: CHAT } } }', 'somebody to tell is one of'],
  ['{ slack: { url: "https://hooks.example.com/t0ken" } }', 'a secret does not stand in this file itself'],
  ['{ wecom: { url: { env: CHAT }, secret: { env: CHAT } } }', "unknown key 'secret'"],
  ['{ slack: { url: { env: FTP } } }', 'an address begins with https:// or http://'],
  [
    '{ mail: { server: mail.example.com, from: ci@a.b, to: [x@a.b] } }',
    'a mail server is written smtp://HOST',
  ],
  [
    '{ mail: { server: smtp://ci:x@mail.example.com, from: ci@a.b, to: [x@a.b] } }',
    'a mail server is written',
  ],
  ['{ mail: { server: smtp://m, from: "ci", to: [x@a.b] } }', 'this is no mail address'],
  ['{ mail: { server: smtp://m, from: ci@a.b, to: ["x@a.b, y@a.b"] } }', 'this is no mail address'],
  [
    '{ mail: { server: smtp://m, from: ci@a.b, to: [x@a.b], credentials: relay } }',
    'no credentials of this name',
  ],
  ['{ slack: { url: { env: CHAT } }, on: [failures] }', "did you mean 'failure'?"],
])('notify %s is told to be wrong', async (entry, message) => {
  const environment = { CHAT: 'https://chat.example.com/t0ken', FTP: 'ftp://chat.example.com/t0ken' };

  const problems = await problemsOf(`notify:\n  team: ${entry}\n`, environment);

  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(message);
  expect(problems[0]).not.toContain('t0ken');
});
