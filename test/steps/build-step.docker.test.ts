import { randomUUID } from 'node:crypto';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { createBuildStep } from '../../src/steps/build-step.ts';
import { engineUnderTest, unstopped } from '../images/engine-under-test.ts';
import { buildStep, contextUnderTest } from './step-context.ts';

test('the image says where it comes from, and a second build of the revision gives the same one', async () => {
  await using tested = await engineUnderTest();
  const { execute } = createBuildStep({ engine: tested.engine });
  const Dockerfile = `FROM scratch\nARG WHO\nLABEL who=$WHO id=${randomUUID()}\nCOPY . /\n`;
  await using context = await contextUnderTest({ 'app/Dockerfile': Dockerfile });
  const step = buildStep({ context: 'app', args: { WHO: '${author}@${branch}' } });

  const first = await execute(step, context);
  const second = await execute(step, context);

  if (first.outcome !== 'succeeded') throw new Error(first.reason);
  expect(first.output).toEqual({
    imageId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    name: 'images-test/cart',
    engine: await tested.engine.id(unstopped),
  });
  expect(second).toEqual(first);
  const imageId = String(first.output.imageId);
  expect(
    JSON.parse(await tested.docker('image', 'inspect', '--format', '{{json .Config.Labels}}', imageId)),
  ).toMatchObject({
    'org.opencontainers.image.title': 'images-test/cart',
    'org.opencontainers.image.source': 'svn://svn.example.com/shop/trunk@12',
    'org.opencontainers.image.revision': '12',
    'org.opencontainers.image.version': 'trunk-12',
    'org.opencontainers.image.created': '2026-01-02T03:04:05.000Z',
    who: 'alice@trunk',
  });
});

test('a Dockerfile that fails is the user’s failure, in one line', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest({ Dockerfile: 'FROM scratch\nCOPY nowhere /\n' });

  const result = await createBuildStep({ engine: tested.engine }).execute(buildStep(), context);

  expect(result).toEqual({ outcome: 'failed', reason: expect.stringMatching(/^build failed.*nowhere.*$/) });
});

test('a context that is missing, or that a link leads to outside the tree, is the user’s failure', async () => {
  await using tested = await engineUnderTest();
  const { execute } = createBuildStep({ engine: tested.engine });
  await using context = await contextUnderTest();
  await symlink('/etc', join(await context.workspace(), 'outside'));

  const missing = await execute(buildStep({ context: 'nowhere' }), context);
  const outside = await execute(buildStep({ context: 'outside' }), context);

  expect(missing).toEqual({ outcome: 'failed', reason: 'there is no folder nowhere to build from' });
  expect(outside).toEqual({ outcome: 'failed', reason: 'there is no folder outside to build from' });
});

test('without the lease nothing is built', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest({ Dockerfile: 'FROM scratch\nCOPY . /\n' });
  context.loseLease(new Fault('lease-lost', 'taken over'));

  await expect(createBuildStep({ engine: tested.engine }).execute(buildStep(), context)).rejects.toThrow(
    'taken over',
  );

  expect(context.output()).toBe('');
});
