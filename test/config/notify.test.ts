import { expect, test } from 'vitest';
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
    ...{ branches: ['**', '!branches/try-*'], language: 'zh', ca: null },
  });
  expect(config?.notify.team?.secret?.reveal()).toBe('SECabc');
  expect(config?.notify.ops).toMatchObject({
    ...{ kind: 'slack', secret: null, wanted: ['failure', 'fixed', 'approval'] },
    ...{ pipelines: null, branches: null, language: 'en' },
  });
  expect(JSON.stringify(config)).not.toMatch(/t0ken|SECabc/);
});

test.each([
  ['{}', 'somebody to tell is one of: dingtalk, feishu, wecom, slack, webhook'],
  ['{ slack: { url: { env: CHAT } }, wecom: { url: { env: CHAT } } }', 'somebody to tell is one of'],
  ['{ slack: { url: "https://hooks.example.com/t0ken" } }', 'a secret does not stand in this file itself'],
  ['{ wecom: { url: { env: CHAT }, secret: { env: CHAT } } }', "unknown key 'secret'"],
  ['{ slack: { url: { env: FTP } } }', 'an address begins with https:// or http://'],
  ['{ slack: { url: { env: CHAT } }, on: [failures] }', "did you mean 'failure'?"],
])('notify %s is told to be wrong', async (entry, message) => {
  const environment = { CHAT: 'https://chat.example.com/t0ken', FTP: 'ftp://chat.example.com/t0ken' };

  const problems = await problemsOf(`notify:\n  team: ${entry}\n`, environment);

  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(message);
  expect(problems[0]).not.toContain('t0ken');
});
