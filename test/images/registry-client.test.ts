import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  createRegistryClient,
  type Manifest,
  type RegistryClient,
} from '../../src/images/registry-client.ts';
import { startRegistry } from '../support/registry.ts';
import { registryConfig, unstopped } from './engine-under-test.ts';

const imageType = 'application/vnd.docker.distribution.manifest.v2+json';
const account = { username: 'ci', password: 'p+/s:w=rd' };

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Puts an image of one empty configuration into a registry, over plain HTTP. */
async function putImage(
  host: string,
  repository: string,
  tag: string,
): Promise<{ digest: string; config: string }> {
  const headers = { authorization: `Basic ${btoa(`${account.username}:${account.password}`)}` };
  const config = Buffer.from(JSON.stringify({ id: randomUUID() }));
  const begun = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers });
  const upload = new URL(begun.headers.get('location') ?? '');
  upload.searchParams.set('digest', digestOf(config));
  await fetch(upload, { method: 'PUT', headers, body: config });
  const manifest = {
    schemaVersion: 2,
    mediaType: imageType,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [],
  };
  const body = Buffer.from(JSON.stringify(manifest));
  const url = `http://${host}/v2/${repository}/manifests/${tag}`;
  const put = await fetch(url, { method: 'PUT', headers: { ...headers, 'content-type': imageType }, body });
  expect(put.status).toBe(201);
  return { digest: digestOf(body), config: digestOf(config) };
}

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
    const { digest, config } = await putImage(registry.host, 'images-test/cart', 'r1');

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
