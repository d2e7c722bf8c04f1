import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Service } from '../../src/domain/service.ts';
import { createRunStep } from '../../src/steps/run-step.ts';
import type { EngineUnderTest } from '../images/engine-under-test.ts';
import { engineUnderTest, unstopped } from '../images/engine-under-test.ts';
import { baseImage } from '../support/docker.ts';
import { waitFor } from '../support/wait-for.ts';
import { type ContextUnderTest, contextUnderTest, plain, runStep } from './step-context.ts';

const docker = { networks: ['none', 'bridge'], limits: { cpus: 2, memoryBytes: 64 * 2 ** 20, pids: 64 } };

async function service(script: string, more: Partial<Service> = {}): Promise<Service> {
  return {
    ...{ name: 'web', image: await baseImage(), command: ['/bin/sh', '-c', script], env: {} },
    ...{ ready: null, readyWithinMs: 60_000, memoryBytes: null, ...more },
  };
}

/** Answers what it is told to, half a second late. */
const page =
  'sleep 0.5; mkdir /www; echo "hello $WHO" > /www/index.html; exec busybox httpd -f -p 8080 -h /www';
const ready = 'busybox wget -q -O /dev/null http://127.0.0.1:8080/';

/** A step of a run of its own. */
async function runWith(
  tested: EngineUnderTest,
  context: ContextUnderTest,
  { services, commands, network }: { services: Service[]; commands: string[]; network: string },
) {
  const run = { ...context.run, id: randomUUID() };
  const step = runStep({ from: { image: await baseImage() }, commands, network, services });
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const result = createRunStep({ engine: tested.engine, docker, ...plain }).execute(step, {
    ...context,
    run,
    signal,
  });
  result.catch(() => undefined);
  const leftovers = async () => {
    const filter = ['--filter', `label=io.trunkline.run=${run.id}`];
    return (
      (await tested.docker('ps', '-aq', ...filter)) + (await tested.docker('network', 'ls', '-q', ...filter))
    );
  };
  return {
    result,
    leftovers,
    run: run.id,
    stop: () => stop.abort({ kind: 'cancelled', by: 'bob', rollout: 'leave' }),
  };
}

test.each(docker.networks)(
  'on the network %s the commands reach a service by its name once it is ready, and nothing of it is left',
  async (network) => {
    await using tested = await engineUnderTest();
    await using context = await contextUnderTest();
    const web = await service(page, { ready, env: { WHO: '${author}' } });
    const commands = ['busybox wget -q -O - http://web:8080/'];

    const { result, leftovers } = await runWith(tested, context, { services: [web], commands, network });

    expect(await result).toEqual({ outcome: 'succeeded', output: {} });
    expect(context.output()).toContain('hello alice\n');
    expect(await leftovers()).toBe('');
  },
);

test('a service that ends before it is ready fails the step with its last output, and one that is never ready too', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const broken = await service('echo no licence; exit 3', { ready });
  const late = await service('sleep 60', { name: 'late', ready: 'false', readyWithinMs: 1_000 });
  const wish = { commands: ['echo never'], network: 'bridge' };

  const ended = await runWith(tested, context, { ...wish, services: [broken] });
  const never = await runWith(tested, context, { ...wish, services: [late] });

  expect(await ended.result).toEqual({
    outcome: 'failed',
    reason: 'service web ended with exit code 3 before it was ready',
  });
  expect(await never.result).toEqual({ outcome: 'failed', reason: 'service late was not ready within 1 s' });
  expect(context.output()).toContain('last output of service web:\nno licence\n');
  expect(context.output()).toContain('last output of service late: none\n');
  expect(context.output()).not.toContain('never');
  expect((await ended.leftovers()) + (await never.leftovers())).toBe('');
});

test('of a service that does not become ready the log has what its check says, and it is told what is waited for', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const mute = await service('sleep 60', {
    ready: 'echo no such option: -z >&2; exit 2',
    readyWithinMs: 1_000,
  });
  const wish = { commands: ['echo never'], network: 'bridge' };

  const { result } = await runWith(tested, context, { ...wish, services: [mute] });

  expect(await result).toEqual({ outcome: 'failed', reason: 'service web was not ready within 1 s' });
  expect(context.output()).toContain(
    'its ready, "echo no such option: -z >&2; exit 2", says:\nno such option: -z\n',
  );
  expect(context.reports.map(({ text }) => text)).toContain('waiting until service web is ready');
});

test('a check of a service that hangs and talks on and on is heard for a while', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const web = await service('sleep 60', { ready: 'echo begun; sleep 60', readyWithinMs: 500 });
  const wish = { commands: ['echo never'], network: 'bridge' };

  const { result } = await runWith(tested, context, { ...wish, services: [web] });

  expect(await result).toEqual({ outcome: 'failed', reason: 'service web was not ready within 0.5 s' });
  expect(context.output()).toContain('says:\nbegun\n');
});

test('a step that is stopped takes its services with it', async () => {
  await using tested = await engineUnderTest();
  await using context = await contextUnderTest();
  const web = await service(page, { ready });
  const wish = { services: [web], commands: ['echo running', 'sleep 60'], network: 'bridge' };
  const { result, leftovers, stop } = await runWith(tested, context, wish);
  await waitFor(() => context.output().includes('running\n'), { what: 'the commands to run' });

  stop();

  await expect(result).rejects.toThrow('stopped');
  expect(await leftovers()).toBe('');
});

test('what a dead worker left of services is removed with their network', async () => {
  await using tested = await engineUnderTest();
  const owner = { run: randomUUID(), step: 'test', attempt: 1 };
  const { memoryBytes: _, ...web } = await service(page, { ready });
  const services = [{ ...web, limits: docker.limits }];
  const started = await tested.engine.startServices({ owner, services, write: () => undefined }, unstopped);
  if ('failed' in started) throw new Error(started.failed);

  const removed = await tested.engine.removeStaleContainers(({ run }) => run === owner.run, unstopped);

  const filter = ['--filter', `label=io.trunkline.run=${owner.run}`];
  expect(removed).toBe(1);
  expect(await tested.docker('network', 'ls', '-q', ...filter)).toBe('');
});
