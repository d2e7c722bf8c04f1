import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { createRegistryAsker } from '../../src/images/ask-registry.ts';
import { freePort } from '../support/free-port.ts';
import { startRegistry } from '../support/registry.ts';
import { registryConfig, unstopped } from './engine-under-test.ts';
import { putImage } from './put-image.ts';

const account = { username: 'ci', password: 'p+/s:w=rd' };

test('a registry says of an image that it is there, missing, or forbidden, to whoever asks', async () => {
  await using registry = await startRegistry(account);
  await putImage(registry.host, { repository: 'shop/cart', tag: 'r1', account });
  const asker = createRegistryAsker({ main: registryConfig(registry.host, account) });
  const [here, gone] = [`${registry.host}/shop/cart:r1`, `${registry.host}/shop/cart:r2`];
  const right = { ...account, password: new Secret(account.password) };
  const wrong = { ...account, password: new Secret('something else') };

  expect(asker.hostOf(here)).toBe(registry.host);
  expect(await asker.ask(here, 'own', unstopped)).toBe('there');
  expect(await asker.ask(gone, 'own', unstopped)).toBe('missing');
  expect(await asker.ask(here, right, unstopped)).toBe('there');
  expect(await asker.ask(here, wrong, unstopped)).toBe('refused');
  expect(await asker.ask(here, 'nobody', unstopped)).toBe('refused');
});

test('a registry that does not answer is silent', async () => {
  const host = `127.0.0.1:${await freePort()}`;
  const asker = createRegistryAsker({ main: registryConfig(host) });

  expect(await asker.ask(`${host}/shop/cart:r1`, 'nobody', unstopped)).toBe('silent');
  expect(await asker.ask(`${host}/shop/cart:r1`, 'own', unstopped)).toBeNull();
});

test('no registry is asked that the config does not name', async () => {
  await using registry = await startRegistry();
  const asker = createRegistryAsker({ main: registryConfig('registry.example.com') });
  const image = `${registry.host}/shop/cart:r1`;

  expect(asker.hostOf(image)).toBeNull();
  expect(await asker.ask(image, 'nobody', unstopped)).toBeNull();
  expect(asker.hostOf('not an image')).toBeNull();
});
