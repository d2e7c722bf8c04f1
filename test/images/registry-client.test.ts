import { describe, expect, test } from 'vitest';
import {
  createRegistryClient,
  type Manifest,
  type RegistryClient,
} from '../../src/images/registry-client.ts';
import { startRegistry } from '../support/registry.ts';
import { registryConfig, unstopped } from './engine-under-test.ts';
import { imageType, putImage } from './put-image.ts';

const account = { username: 'ci', password: 'p+/s:w=rd' };

async function existing(client: RegistryClient, repository: string, reference: string): Promise<Manifest> {
  const manifest = await client.manifest(repository, reference, unstopped);
  if (manifest === undefined) throw new Error(`${repository}:${reference} is missing`);
  return manifest;
}

describe.each([
  { kind: 'an open registry', options: {} },
  { kind: 'a registry with accounts', options: account },
])('$kind', ({ options }) => {
  test('gives digests and manifests, takes tags, and deletes', async () => {
    await using registry = await startRegistry(options);
    const client = createRegistryClient(registryConfig(registry.host, options));
    const { digest, config } = await putImage(registry.host, {
      repository: 'images-test/cart',
      tag: 'r1',
      account,
    });

    const manifest = await existing(client, 'images-test/cart', 'r1');
    await client.tag('images-test/cart', { tag: 'latest', manifest }, unstopped);
    const tagged = await client.digestOf('images-test/cart', 'latest', unstopped);
    const tags = await Array.fromAsync(client.tags('images-test/cart', unstopped));
    const removed = await client.remove('images-test/cart', digest, unstopped);

    expect(manifest).toMatchObject({ digest, configDigest: config, mediaType: imageType });
    expect(tagged).toBe(digest);
    expect(tags).toEqual(['latest', 'r1']);
    expect(removed).toBe(true);
    expect(await client.digestOf('images-test/cart', digest, unstopped)).toBeUndefined();
    expect(await client.remove('images-test/cart', digest, unstopped)).toBe(false);
  });

  test('says undefined for what does not exist', async () => {
    await using registry = await startRegistry(options);
    const client = createRegistryClient(registryConfig(registry.host, options));

    expect(await client.manifest('images-test/none', 'r1', unstopped)).toBeUndefined();
    expect(await client.digestOf('images-test/none', 'r1', unstopped)).toBeUndefined();
    expect(await Array.fromAsync(client.tags('images-test/none', unstopped))).toEqual([]);
    await expect(client.confirmPush('images-test/none', unstopped)).resolves.toBeUndefined();
  });
});

test('a wrong password is a fault that names the credentials and the host, and does not try again', async () => {
  await using registry = await startRegistry(account);
  const client = createRegistryClient(
    registryConfig(registry.host, { ...account, password: 'wrong-secret' }),
  );

  const asked = client.digestOf('images-test/cart', 'r1', unstopped);

  await expect(asked).rejects.toMatchObject({
    code: 'registry-denied',
    isRetryable: false,
    message: `the registry ${registry.host} refused the credentials "registry"`,
  });
  await expect(asked).rejects.not.toThrow(/wrong-secret/);
});

test('a registry that asks for an account, without one configured, is named', async () => {
  await using registry = await startRegistry(account);
  const client = createRegistryClient(registryConfig(registry.host));

  const asked = client.digestOf('images-test/cart', 'r1', unstopped);

  await expect(asked).rejects.toMatchObject({
    code: 'registry-denied',
    hint: expect.stringContaining(registry.host),
  });
});

test('a registry that is away is a retryable fault, and is found again when it is back', async () => {
  await using registry = await startRegistry();
  const client = createRegistryClient(registryConfig(registry.host));
  await registry.stop();

  await expect(client.digestOf('images-test/cart', 'r1', unstopped)).rejects.toMatchObject({
    code: 'registry-unreachable',
    isRetryable: true,
  });
  await registry.start();

  expect(await client.digestOf('images-test/cart', 'r1', unstopped)).toBeUndefined();
});
