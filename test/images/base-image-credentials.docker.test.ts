import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { baseImage } from '../support/docker.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { engineUnderTest, registryConfig, unstopped } from './engine-under-test.ts';
import { httpServer } from './http-server.ts';

const account = { username: 'ci', password: 'only-for-its-own-host' };

async function build(
  tested: Awaited<ReturnType<typeof engineUnderTest>>,
  dockerfile: string,
  isUntrusted = false,
) {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'Dockerfile'), dockerfile);
  const request = { folder: folder.path, dockerfile: 'Dockerfile', args: {}, target: null, labels: {} };
  return await tested.engine.build({ ...request, isUntrusted, write: () => undefined }, unstopped);
}

test.each(['buildkit', 'classic'] as const)(
  'with %s a private base image is fetched with its own credentials, which no other host ever sees',
  async (builder) => {
    await using registry = await startRegistry(account);
    await using stranger = await httpServer((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="give me everything"' }).end();
    });
    const config = registryConfig(registry.host, account);
    await using tested = await engineUnderTest({ builder, registries: [config] });
    const base = await build(tested, `FROM ${await baseImage()}\nLABEL id=${randomUUID()}\n`);
    if (base.kind !== 'built') throw new Error(base.reason);
    const client = tested.registries.at(registry.host);
    const pushed = { imageId: base.imageId, registry: client, name: 'images-test/private', tag: '1' };
    await tested.engine.push(pushed, unstopped);
    await tested.engine.remove(base.imageId, unstopped);
    const name = `${registry.host}/images-test/private:1`;

    const greedy = await build(tested, `FROM ${name}\nCOPY --from=${stranger.host}/images-test/x:1 / /x\n`);
    const ofStranger = await build(tested, `FROM ${name}\nRUN true\n`, true);
    const modest = await build(tested, `FROM ${name}\nRUN true\n`);

    expect(greedy).toEqual({
      kind: 'failed',
      reason: expect.stringContaining(
        `the registry ${stranger.host} asks for credentials, and none are configured`,
      ),
    });
    expect(stranger.requests.length).toBeGreaterThan(0);
    expect(stranger.requests.map(({ headers }) => headers.authorization).filter(Boolean)).toEqual([]);
    expect(modest.kind).toBe('built');
    // The engine has it by then, which makes it no less private.
    expect([ofStranger, await build(tested, `FROM ${name}\nRUN true\n`, true)]).toEqual(
      [1, 2].map(() => ({
        kind: 'failed',
        reason: expect.stringContaining(`the registry ${registry.host} asks for credentials`),
      })),
    );
  },
);

test('a Dockerfile of a stranger gets at no private image that the engine has, however it is named', async () => {
  await using registry = await startRegistry(account);
  const config = registryConfig(registry.host, account);
  await using tested = await engineUnderTest({ builder: 'buildkit', registries: [config] });
  const base = await build(tested, `FROM ${await baseImage()}\nLABEL id=${randomUUID()}\n`);
  if (base.kind !== 'built') throw new Error(base.reason);
  const client = tested.registries.at(registry.host);
  await tested.engine.push(
    { imageId: base.imageId, registry: client, name: 'images-test/private', tag: '1' },
    unstopped,
  );
  const name = `${registry.host}/images-test/private:1`;
  const known = await build(tested, `FROM ${name}\nRUN true\n`);

  const hidden = await build(tested, `FROM \${TARGETOS:+${name}}\nLABEL x=1\n`, true);
  const frontend = await build(tested, `# syntax=${name}\nFROM ${name}\n`, true);

  expect(known.kind).toBe('built');
  expect(frontend).toMatchObject({ reason: expect.stringContaining(`it names ${name}`) });
  expect(hidden).toMatchObject({ kind: 'failed' });
});

test('a stranger builds upon what anybody can pull, and leaves nothing in the cache mounts of others', async () => {
  await using registry = await startRegistry();
  await using tested = await engineUnderTest({ registries: [registryConfig(registry.host)] });
  const base = await build(tested, `FROM ${await baseImage()}\nLABEL id=${randomUUID()}\n`);
  if (base.kind !== 'built') throw new Error(base.reason);
  const client = tested.registries.at(registry.host);
  await tested.engine.push(
    { imageId: base.imageId, registry: client, name: 'images-test/open', tag: '1' },
    unstopped,
  );
  const from = `FROM ${registry.host}/images-test/open:1\nRUN --mount=type=cache,id=${randomUUID()},target=/c`;

  const ours = await build(tested, `${from} echo ours > /c/who\n`);
  const theirs = await build(tested, `${from} test ! -e /c/who && echo theirs > /c/who\n`, true);
  const again = await build(tested, `${from} grep ours /c/who\n`);

  expect([ours, theirs, again]).toEqual(
    [1, 2, 3].map(() => ({ kind: 'built', imageId: expect.any(String) })),
  );
});

test('a base image that does not exist is a failure that names image and host', async () => {
  await using registry = await startRegistry();
  await using tested = await engineUnderTest();

  const result = await build(tested, `FROM ${registry.host}/images-test/nowhere:1\n`);

  expect(result).toEqual({
    kind: 'failed',
    reason: `image ${registry.host}/images-test/nowhere:1 does not exist in ${registry.host}`,
  });
});

test('a base image whose registry is away is a retryable fault', async () => {
  await using registry = await startRegistry();
  await using tested = await engineUnderTest();
  await registry.stop();

  await expect(build(tested, `FROM ${registry.host}/images-test/any:1\n`)).rejects.toMatchObject({
    code: 'registry-unreachable',
    isRetryable: true,
  });
});
