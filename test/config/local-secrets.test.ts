import { expect, test } from 'vitest';
import { localConfig } from '../../src/config/local-config.ts';
import { secretRefusal } from '../../src/domain/secret-access.ts';
import { head, pipelineOf } from '../domain/read-pipeline.ts';

test('on somebody’s own machine, secrets are the variables of their names there', async () => {
  const pipeline = pipelineOf(`${head}steps:
  - { id: publish, run: { image: node, commands: [x], secrets: { NPM_TOKEN: npm-token, SIGN: signing-key } } }
`);

  const local = await localConfig({ file: null, environment: { NPM_TOKEN: 'my-own-token' }, pipeline });

  const secrets = 'config' in local ? local.config.secrets : {};
  const run = { pipeline: 'cart', branch: 'trunk', told: {} };
  expect(secrets['npm-token']?.value.reveal()).toBe('my-own-token');
  expect(secretRefusal(secrets, { name: 'npm-token', run })).toBeNull();
  expect(secretRefusal(secrets, { name: 'signing-key', run })).toContain("knows no secret 'signing-key'");
});
