import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { knownSecrets } from '../../src/wiring/secrets.ts';
import { testConfig } from '../http/test-config.ts';

test('what is masked are the secrets of the config, also those of Git servers, of mail and of chats, and passwords in addresses', () => {
  const secret = (text: string) => new Secret(text);
  const { web, shop } = testConfig.repositories;
  if (web?.kind !== 'git' || shop === undefined) throw new Error('the config has other repositories');
  const wish = { wanted: [], pipelines: null, branches: null, language: 'en' as const };
  const login = { name: 'relay', username: 'ci', password: secret('of-the-relay') };
  const server = {
    host: '',
    port: 0,
    isTls: true,
    insecure: false,
    ca: null,
    from: '',
    to: [],
    credentials: login,
  };

  const known = knownSecrets(
    {
      ...testConfig,
      repositories: {
        shop,
        web: {
          ...web,
          githubSecrets: [secret('of-github')],
          statuses: { forge: 'gitlab', token: secret('of-statuses'), api: '', project: '', ca: null },
        },
      },
      notify: {
        mail: { ...wish, name: 'mail', kind: 'mail', server },
        chat: { ...wish, name: 'chat', kind: 'slack', address: secret('of-slack'), secret: null, ca: null },
      },
    },
    'postgres://ci:of%20the-database@db/trunkline',
  ).map((one) => one.reveal());

  expect(known).toEqual(
    expect.arrayContaining([
      ...['hook-secret', 'gitlab-secret', 'of-github', 'of-statuses', 'of-the-relay', 'of-slack'],
      'of the-database',
    ]),
  );
});
