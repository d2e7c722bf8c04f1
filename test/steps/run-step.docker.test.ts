import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createBuildStep } from '../../src/steps/build-step.ts';
import { createPushStep } from '../../src/steps/push-step.ts';
import { createRunStep } from '../../src/steps/run-step.ts';
import { engineUnderTest, registryConfig, unstopped } from '../images/engine-under-test.ts';
import { baseImage } from '../support/docker.ts';
import { startRegistry } from '../support/registry.ts';
import { buildStep, contextUnderTest, plain, pushStep, runStep, succeed } from './step-context.ts';

const docker = { networks: ['none', 'bridge'], limits: { cpus: 2, memoryBytes: 64 * 2 ** 20, pids: 64 } };

async function fromBase() {
  return { from: { image: await baseImage() } };
}

test('commands run one after the other in one shell, echoed, in the workspace', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest({ 'it’s': 'text\n' });
  const commands = [
    "cat 'it’s'",
    'cd /tmp\nWORD="a b"',
    'echo "$PWD $WORD $CI $TRUNKLINE_REVISION $TRUNKLINE_SOURCE_URL $FOR $PARAM_DRY_RUN" >&2',
    'echo "$TRUNKLINE_TRIGGER $TRUNKLINE_BRANCH_SLUG" $TRUNKLINE_PATHS "$TRUNKLINE_MESSAGE" "$UNASKED"',
  ];
  const env = { FOR: '${author} ${parameters.size}' };
  const step = runStep({ ...(await fromBase()), commands, env });
  const told = { trigger: 'commit', paths: ['', 'docs'] };
  const message = '$(touch /tmp/x) `id`';
  const run = {
    ...context.run,
    told,
    message,
    branch: 'trunk',
    parameters: { size: 'large', 'dry-run': 'true' },
  };

  const result = await createRunStep({ engine: tested.engine, docker, ...plain }).execute(step, {
    ...context,
    run,
  });

  expect(result).toEqual({ outcome: 'succeeded', output: {} });
  expect(context.output()).toBe(
    [
      `+ ${commands[0]}`,
      'text',
      `+ ${commands[1]}`,
      `+ ${commands[2]}`,
      `/tmp a b true 12 ${run.sourceUrl} alice large true`,
      `+ ${commands[3]}`,
      'commit trunk . docs $(touch /tmp/x) `id` ',
      '',
    ].join('\n'),
  );
  expect(context.reports.at(-1)).toMatchObject({ phase: 'command', text: commands[3], done: 3, total: 4 });
});

test('what the commands leave in $TRUNKLINE_OUTPUT is the output of the step, also when they are of another user', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const commands = [
    'echo "A=1" >> "$TRUNKLINE_OUTPUT"',
    'su nobody -s /bin/sh -c \'echo "B= x=y" >> $TRUNKLINE_OUTPUT\'',
  ];
  const step = runStep({ ...(await fromBase()), commands });

  const result = await createRunStep({ engine: tested.engine, docker, ...plain }).execute(step, context);

  expect(result).toEqual({ outcome: 'succeeded', output: { outputs: { A: '1', B: ' x=y' } } });
});

test.each([
  ['echo "not a pair" > $TRUNKLINE_OUTPUT', 'line 1 is not NAME=value'],
  ['printf "A=\\377\\n" > $TRUNKLINE_OUTPUT', 'is no UTF-8 text'],
  ['ln -sf /etc/passwd $TRUNKLINE_OUTPUT', 'is no plain file any more'],
  ['head -c 2000000 /dev/zero > $TRUNKLINE_OUTPUT', 'has more than 1048576 bytes'],
])('%s fails the step with its reason', async (command, reason) => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const step = runStep({ ...(await fromBase()), commands: [command] });

  const result = await createRunStep({ engine: tested.engine, docker, ...plain }).execute(step, context);

  expect(result).toEqual({
    outcome: 'failed',
    reason: expect.stringContaining(`what they left in $TRUNKLINE_OUTPUT ${reason}`),
  });
});

test('commands that take the file away leave nothing', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const step = runStep({ ...(await fromBase()), commands: ['rm "$TRUNKLINE_OUTPUT"'] });

  const result = await createRunStep({ engine: tested.engine, docker, ...plain }).execute(step, context);

  expect(result).toEqual({ outcome: 'succeeded', output: {} });
});

test('the first command that fails ends the step, and the reason names it', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const step = runStep({
    ...(await fromBase()),
    commands: ['printf no-newline', 'sh -c "exit 3"', 'echo never'],
  });

  const result = await createRunStep({ engine: tested.engine, docker, ...plain }).execute(step, context);

  expect(result).toEqual({
    outcome: 'failed',
    reason: '"sh -c "exit 3"" ended with exit code 3',
    exitCode: 3,
  });
  expect(context.output()).not.toContain('never');
});

test('running out of memory is the reason, with the limit', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const commands = ['x=$(head -c 200000000 /dev/zero | tr "\\0" x)'];
  const step = runStep({ ...(await fromBase()), commands, memoryBytes: 32 * 2 ** 20 });

  const result = await createRunStep({ engine: tested.engine, docker, ...plain }).execute(step, context);

  expect(result).toEqual({
    outcome: 'failed',
    reason: `out of memory: more than 32 MiB were needed at "${commands[0]}"`,
  });
});

test('a command that was killed may have needed more memory, and the reason says so', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const step = runStep({ ...(await fromBase()), commands: ['sleep 9 & kill -9 $!', 'wait $!'] });

  const result = await createRunStep({ engine: tested.engine, docker, ...plain }).execute(step, context);

  expect(result).toEqual({
    outcome: 'failed',
    reason: '"wait $!" ended with exit code 137: it was killed, perhaps because it needed more than 64 MiB',
    exitCode: 137,
  });
});

test.each([
  {
    asks: { network: 'host' },
    reason: 'network host is not one of those that the server allows: none, bridge',
  },
  { asks: { cpus: 3 }, reason: 'cpus: 3 is more than the 2 that the server allows' },
  {
    asks: { memoryBytes: 2 ** 40 },
    reason: `memory: ${2 ** 40} bytes are more than the ${64 * 2 ** 20} that the server allows`,
  },
])('more than the server allows is refused: $reason', async ({ asks, reason }) => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();

  const result = await createRunStep({ engine: tested.engine, docker, ...plain }).execute(
    runStep({ ...(await fromBase()), ...asks }),
    context,
  );

  expect(result).toEqual({ outcome: 'failed', reason });
});

test('a take-over removes the container that the dead worker left', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest({}, { attempt: 2 });
  const owner = ['run', context.run.id, 'step', 'test', 'attempt', '1'];
  const labels = [0, 2, 4].flatMap((at) => ['--label', `io.trunkline.${owner[at]}=${owner[at + 1]}`]);
  const orphan = (
    await tested.docker('run', '--detach', ...labels, await baseImage(), 'sleep', '1000')
  ).trim();

  const result = await createRunStep({ engine: tested.engine, docker, ...plain }).execute(
    runStep({ ...(await fromBase()), commands: ['true'] }),
    context,
  );

  expect(result.outcome).toBe('succeeded');
  expect(await tested.docker('ps', '--all', '--quiet', '--no-trunc', '--filter', `id=${orphan}`)).toBe('');
});

test('an image that this engine no longer has is pulled by the digest that a push has left', async () => {
  await using registry = await startRegistry({ username: 'ci', password: 'secret' });
  const config = registryConfig(registry.host, { username: 'ci', password: 'secret' });
  await using tested = await engineUnderTest({ registries: [config] });
  const { engine, registries } = tested;
  const Dockerfile = `FROM ${await baseImage()}\nLABEL id=${randomUUID()}\n`;
  await using context = await contextUnderTest({ Dockerfile });
  const step = runStep({ commands: ['echo here'] });
  await succeed(context, 'image', createBuildStep({ engine }).execute(buildStep(), context));
  await succeed(context, 'push', createPushStep({ engine, registries }).execute(pushStep(), context));
  await engine.remove(String(context.outputs.get('image')?.imageId), unstopped);

  const result = await createRunStep({ engine, docker, ...plain }).execute(step, context);

  expect(result).toEqual({ outcome: 'succeeded', output: {} });
  expect(context.output()).toMatch(/pulling 127.*@sha256:.*\n\+ echo here\nhere\n$/);
});

test('an image that nobody has any more is a fault that says so', async () => {
  await using tested = await engineUnderTest();
  const imageId = `sha256:${'0'.repeat(64)}`;
  const outputs = new Map([['image', { imageId, name: 'images-test/cart', engine: 'e' }]]);
  await using context = await contextUnderTest({}, { outputs });

  const running = createRunStep({ engine: tested.engine, docker, ...plain }).execute(
    runStep({ commands: ['true'] }),
    context,
  );

  await expect(running).rejects.toMatchObject({
    message: expect.stringContaining(`no longer has the image ${imageId}`),
  });
});
