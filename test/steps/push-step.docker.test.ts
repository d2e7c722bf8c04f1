import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createBuildStep } from '../../src/steps/build-step.ts';
import { createImageAvailability } from '../../src/steps/image-availability.ts';
import { createPushStep } from '../../src/steps/push-step.ts';
import {
  type EngineUnderTest,
  engineUnderTest,
  registryConfig,
  unstopped,
} from '../images/engine-under-test.ts';
import { baseImage } from '../support/docker.ts';
import { type Registry, type RegistryOptions, startRegistry } from '../support/registry.ts';
import { countingProxy } from './counting-proxy.ts';
import { buildStep, type ContextUnderTest, contextUnderTest, pushStep, succeed } from './step-context.ts';

const account = { username: 'ci', password: 'p+/s?w=rd' };
const repository = 'images-test/cart';

interface Scene extends AsyncDisposable {
  registry: Registry;
  tested: EngineUnderTest;
  context: ContextUnderTest;
  /** Builds another image each time; its id. */
  build(): Promise<string>;
  push: ReturnType<typeof createPushStep>['execute'];
}

async function scene(options: RegistryOptions = {}): Promise<Scene> {
  await using started = new AsyncDisposableStack();
  const registry = started.use(await startRegistry(options));
  const tested = started.use(await engineUnderTest({ registries: [registryConfig(registry.host, options)] }));
  const Dockerfile = `FROM ${await baseImage()}\nARG ID\nRUN echo $ID >/id\n`;
  const context = started.use(await contextUnderTest({ Dockerfile }));
  const builder = createBuildStep(tested);
  const stack = started.move();
  return {
    registry,
    tested,
    context,
    async build() {
      const building = builder.execute(buildStep({ args: { ID: randomUUID() } }), context);
      return String((await succeed(context, 'image', building)).imageId);
    },
    push: createPushStep(tested).execute,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test('the digest comes from the registry, and every tag names it', async () => {
  await using stage = await scene(account);
  const imageId = await stage.build();

  const result = await stage.push(pushStep({ tags: ['r${revision}-${run}', 'newest'] }), stage.context);

  const client = stage.tested.registries.named('main');
  expect(stage.context.reports.at(-1)).toMatchObject({ phase: 'push', items: [{ state: 'done' }, {}] });
  const digest = await client?.digestOf(repository, 'r12-7', unstopped);
  expect(result).toEqual({
    outcome: 'succeeded',
    output: {
      image: 'image',
      imageId,
      name: repository,
      repository: `${stage.registry.host}/${repository}`,
      digest,
      tags: ['r12-7', 'newest'],
    },
  });
  expect(digest).toMatch(/^sha256:/);
  expect(await client?.digestOf(repository, 'newest', unstopped)).toBe(digest);
  expect(stage.context.journal.read()).toEqual({
    repository: `${stage.registry.host}/${repository}`,
    tag: 'r12-7',
    imageId,
  });
  expect(stage.context.output()).not.toContain(account.password);
});

test('a push that had already arrived when its worker died is adopted, even by an engine without the image', async () => {
  await using stage = await scene();
  const imageId = await stage.build();
  const first = await stage.push(pushStep(), stage.context);
  await stage.tested.engine.remove(imageId, unstopped);

  const again = await stage.push(pushStep(), stage.context);

  expect(again).toEqual(first);
});

test('a tag that holds another image is not moved, and nothing is pushed under the others', async () => {
  await using stage = await scene();
  await stage.build();
  await stage.push(pushStep({ tags: ['stable'] }), stage.context);
  const before = await stage.tested.registries.named(null)?.digestOf(repository, 'stable', unstopped);
  await stage.build();

  const result = await stage.push(pushStep({ tags: ['r${revision}', 'stable'] }), stage.context);

  expect(result).toEqual({
    outcome: 'failed',
    reason: expect.stringMatching(
      new RegExp(
        `^tag stable of .*${repository} already holds another image \\(${before}\\): tags are never moved`,
      ),
    ),
  });
  const client = stage.tested.registries.named(null);
  expect(await client?.digestOf(repository, 'stable', unstopped)).toBe(before);
  expect(await client?.digestOf(repository, 'r12', unstopped)).toBeUndefined();
});

test('a wrong password ends the step with a fault that names credentials and host', async () => {
  await using registry = await startRegistry(account);
  const config = registryConfig(registry.host, { ...account, password: 'wrong' });
  await using tested = await engineUnderTest({ registries: [config] });
  const outputs = new Map([['image', { imageId: 'sha256:1', name: repository, engine: 'e' }]]);
  await using context = await contextUnderTest({}, { outputs });

  await expect(createPushStep(tested).execute(pushStep(), context)).rejects.toMatchObject({
    code: 'registry-denied',
    isRetryable: false,
    message: `the registry ${registry.host} refused the credentials "registry"`,
  });
});

test.each([
  {
    what: 'an unknown registry',
    step: { registry: 'nowhere' },
    reason: 'the server knows no registry "nowhere"',
  },
  {
    what: 'a tag that is none',
    step: { tags: ['${branch}/x'] },
    reason: '"trunk/x" cannot be the tag of an image',
  },
])('$what is the user’s failure', async ({ step, reason }) => {
  await using tested = await engineUnderTest({ registries: [registryConfig('127.0.0.1:1')] });
  const outputs = new Map([['image', { imageId: 'sha256:1', name: repository, engine: 'e' }]]);
  await using context = await contextUnderTest({}, { outputs });

  expect(await createPushStep(tested).execute(pushStep(step), context)).toEqual({
    outcome: 'failed',
    reason,
  });
});

test('a registry that is away is a retryable fault, and nothing was written down', async () => {
  await using stage = await scene();
  await stage.build();
  await stage.registry.stop();

  const pushing = stage.push(pushStep(), stage.context);

  await expect(pushing).rejects.toMatchObject({ code: 'registry-unreachable', isRetryable: true });
  expect(stage.context.journal.read()).toBeUndefined();
});

test('a registry killed in the middle of a push and started again has the image in the end', async () => {
  await using registry = await startRegistry();
  await using proxy = await countingProxy(registry, { afterBytes: 4_000_000, run: () => restart(registry) });
  await using tested = await engineUnderTest({ registries: [registryConfig(proxy.host)] });
  const Dockerfile = `FROM ${await baseImage()}\nRUN head -c 20000000 /dev/urandom >/random\n`;
  await using context = await contextUnderTest({ Dockerfile });
  const { imageId } = await succeed(context, 'image', createBuildStep(tested).execute(buildStep(), context));

  const output = await succeed(context, 'push', createPushStep(tested).execute(pushStep(), context));

  expect(proxy.hasRun()).toBe(true);
  const manifest = await tested.registries
    .named(null)
    ?.manifest(repository, String(output.digest), unstopped);
  expect(manifest?.configDigest).toBe(imageId);
});

test('a stopped push ends within 3 s', async () => {
  const stop = new AbortController();
  await using registry = await startRegistry();
  await using proxy = await countingProxy(registry, { afterBytes: 4_000_000, run: async () => stop.abort() });
  await using tested = await engineUnderTest({ registries: [registryConfig(proxy.host)] });
  const Dockerfile = `FROM ${await baseImage()}\nRUN head -c 20000000 /dev/urandom >/random\n`;
  await using context = await contextUnderTest({ Dockerfile });
  await succeed(context, 'image', createBuildStep(tested).execute(buildStep(), context));

  const pushing = createPushStep(tested).execute(pushStep(), { ...context, signal: stop.signal });
  let stoppedAt = Number.NaN;
  stop.signal.addEventListener('abort', () => {
    stoppedAt = performance.now();
  });

  await expect(pushing).rejects.toMatchObject({ name: 'AbortError' });
  expect(performance.now() - stoppedAt).toBeLessThan(3_000);
});

test('an image is available where an engine has it or a registry has it under the tag that was written down', async () => {
  await using stage = await scene();
  const imageId = await stage.build();
  const build = { imageId, name: repository, engine: 'e' };
  const isAvailable = createImageAvailability(stage.tested);
  const other = { repository: `${stage.registry.host}/${repository}`, tag: 'r0', imageId };

  expect(await isAvailable(build, [], unstopped)).toBe(true);
  await stage.push(pushStep(), stage.context);
  const journal = stage.context.journal.read() ?? {};
  // Whole: an engine takes the beginning of an id for the id.
  const nobody = `sha256:${'0'.repeat(64)}`;
  await stage.tested.engine.remove(imageId, unstopped);

  expect(await isAvailable(build, [], unstopped)).toBe(false);
  expect(await isAvailable(build, [other], unstopped)).toBe(false);
  expect(await isAvailable(build, [other, journal], unstopped)).toBe(true);
  expect(await isAvailable({ ...build, imageId: nobody }, [{ ...journal, imageId: nobody }], unstopped)).toBe(
    false,
  );
});

async function restart(registry: Registry): Promise<void> {
  await registry.stop();
  await registry.start();
}
