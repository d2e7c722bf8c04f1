import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import type { DeployStep } from '../../src/domain/pipeline.ts';
import type { StepProgress } from '../../src/domain/step-progress.ts';
import { findDrift } from '../../src/steps/deploy/manual-changes.ts';
import { waitFor } from '../support/wait-for.ts';
import { type DeploysUnderTest, startDeploys, stopSignals } from './deploy-under-test.ts';
import { programs, reference } from './deployables.ts';
import { type RequestsUnderWay, requestsUnderWay } from './requests-under-way.ts';
import { answering, served, serviceUrl } from './served.ts';

const blueGreen = (keepMs: number): Partial<DeployStep> => ({ strategy: { kind: 'blue-green', keepMs } });

describe('blue-green', () => {
  test('switches the Service in one write, whichever worker goes on, loses no request, and deletes the old version in the end', async () => {
    await using deploys = await startDeploys();
    await deployFirst(deploys);
    const image = await deploys.image(answering('new'));
    const run = await deploys.run({ move: 2 });
    const step = blueGreen(5_000);
    const request = { step, files: served({ color: 'red' }), pushes: { push: image } };
    const log: string[] = [];
    await using requests = await requestsUnderWay(await serviceUrl(deploys));

    const beforeSwitch: number[] = [];
    for (const deathPhase of ['colour', 'applying', 'watching']) {
      const { stop, ...signals } = stopSignals();
      const died = run.deploy({
        ...request,
        ...signals,
        onJournal: ({ phase }) => {
          if (phase !== deathPhase) return;
          if (phase !== 'watching') beforeSwitch.push(requests.answers.get('new-red') ?? 0);
          stop({ kind: 'lease-lost' });
          throw new Error('killed');
        },
      });
      await expect(died).rejects.toMatchObject({ code: 'lease-lost' });
    }
    const result = await run.deploy({ ...request, log });
    await run.end();
    await requests[Symbol.asyncDispose]();

    expect(beforeSwitch).toEqual([0, 0]);
    expect(result).toMatchObject({
      outcome: 'succeeded',
      output: { workloads: ['deployment/cart'], images: [reference(image)] },
    });
    expect(requests.answers.get('new-red')).toBeGreaterThan(0);
    expect(requests.lost).toEqual([]);
    expect(log).toContain('the old version is gone: deleted deployment/cart-blue, configmap/settings-blue');
    expect((await deploys.workload('cart', 'service')).spec.selector).toEqual({
      ...{ app: 'cart', 'trunkline/colour': 'green' },
    });
    expect(await deploys.kubectl('get', 'deployments', '-o', 'name')).toBe('deployment.apps/cart-green\n');
    expect((await deploys.workload('cart-green')).metadata.generation).toBe(1);
  });

  test('goes back by hand to an earlier set in the colour whose turn it is; nothing of it looks changed by hand', async () => {
    await using deploys = await startDeploys();
    await deployFirst(deploys);
    const first = await deploys.deployment(1);
    const image = await deploys.image(answering('new'));
    const second = await deploys.run({ move: 2 });
    await second.deploy({ step: blueGreen(0), files: served({ color: 'red' }), pushes: { push: image } });
    await second.end();
    const third = await deploys.run({ move: 3 });
    const log: string[] = [];

    const result = await third.deploy({ step: { restore: { deployId: first.deploy_id, label: 'r1' } }, log });
    await third.end();

    expect(result).toMatchObject({ outcome: 'succeeded', output: { workloads: ['deployment/cart'] } });
    expect(log).toContain('the old version is gone: deleted deployment/cart-green, configmap/settings-green');
    expect((await deploys.workload('settings-blue', 'configmap')).data).toEqual({ color: 'blue' });
    await expectBlueAlone(deploys);
    const { db, cluster, environment } = deploys;
    const setting = { db, cluster, environment, mask: (text: string) => text };
    expect(await findDrift(setting, { environment: 'staging' }, new AbortController().signal)).toEqual([]);
  });

  test('takes over from a Deployment and a Service that had no colour yet, without losing a request', async () => {
    await using deploys = await startDeploys();
    const old = await deploys.image(answering('old'));
    const first = await deploys.run({ move: 1 });
    await first.deploy({ files: served({ color: 'plain' }), pushes: { push: old } });
    await first.end();
    const image = await deploys.image(answering('new'));
    const run = await deploys.run({ move: 2 });
    const log: string[] = [];
    await using requests = await requestsUnderWay(await serviceUrl(deploys));

    const result = await run.deploy({
      ...{ step: blueGreen(5_000), files: served({ color: 'red' }), pushes: { push: image }, log },
    });
    await run.end();
    await requests[Symbol.asyncDispose]();

    expect(result).toMatchObject({ outcome: 'succeeded', output: { images: [reference(image)] } });
    expect(requests.answers.get('old-plain')).toBeGreaterThan(0);
    expect(requests.answers.get('new-red')).toBeGreaterThan(0);
    expect(requests.lost).toEqual([]);
    const { spec } = await deploys.workload('cart', 'service');
    expect(spec.selector).toEqual({ app: 'cart', 'trunkline/colour': 'blue' });
    expect(await deploys.kubectl('get', 'deployments', '-o', 'name')).toBe('deployment.apps/cart-blue\n');
  });

  test('never switches to a version that does not become healthy', async () => {
    await using deploys = await startDeploys();
    await deployFirst(deploys);
    const image = await deploys.image(programs.crash);
    const run = await deploys.run({ move: 2 });

    const result = await run.deploy({ step: blueGreen(0), files: served(), pushes: { push: image } });

    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(
        /^green: .*exits 1 .*; green was removed, the old version of deployment\/cart was not touched$/,
      ),
    });
    await expectBlueAlone(deploys);
  });

  test('switches back at once when it is cancelled while the old version is kept', async () => {
    await using deploys = await startDeploys();
    await deployFirst(deploys);
    const pods = await podUids(deploys);
    const image = await deploys.image(answering('new'));
    const run = await deploys.run({ move: 2 });
    const { stop, ...signals } = stopSignals();
    await using requests = await requestsUnderWay(await serviceUrl(deploys));

    const result = await run.deploy({
      ...signals,
      step: blueGreen(60_000),
      files: served({ color: 'red' }),
      pushes: { push: image },
      log: Object.assign([] as string[], {
        push: (line: string) => {
          const cancel = { kind: 'cancelled', by: 'bob', rollout: 'roll-back' } as const;
          const isSwitched = line.startsWith('the Services lead to green');
          if (isSwitched) void answered(requests, 'new-red').then(() => stop(cancel));
          return 0;
        },
      }),
    });
    await requests[Symbol.asyncDispose]();

    expect(result).toEqual({ outcome: 'cancelled', reason: 'cancelled by bob; rolled back to r1' });
    expect(requests.answers.get('new-red')).toBeGreaterThan(0);
    expect(requests.lost).toEqual([]);
    await expectBlueAlone(deploys);
    // The pods of a Deployment that is deleted are told so one after the other.
    await waitFor(async () => (await podUids(deploys)).join() === pods.join(), { what: 'only pods of blue' });
  });

  test('removes the new version when it is cancelled while no worker had it in hand', async () => {
    await using deploys = await startDeploys();
    await deployFirst(deploys);
    const image = await deploys.image(answering('new'));
    const run = await deploys.run({ move: 2 });
    const request = { step: blueGreen(0), files: served({ color: 'red' }), pushes: { push: image } };
    const { stop, ...signals } = stopSignals();
    const reports = Object.assign([] as StepProgress[], {
      push: ({ phase }: StepProgress) => {
        if (phase === 'rollout') stop({ kind: 'lease-lost' });
        return 0;
      },
    });
    await expect(run.deploy({ ...request, ...signals, reports })).rejects.toThrow();
    const left = await deploys.kubectl('get', 'configmaps,deployments', '-o', 'name');
    const taken = stopSignals();
    taken.stop({ kind: 'cancelled', by: 'bob', rollout: 'leave' });

    const result = await run.deploy({ ...request, ...taken });

    expect(left).toContain('-green');
    expect(result).toEqual({
      outcome: 'cancelled',
      reason: 'cancelled by bob; green was removed, the old version of deployment/cart was not touched',
    });
    await expectBlueAlone(deploys);
  });

  test('removes the new version when a fault ends the step for good', async () => {
    await using deploys = await startDeploys();
    await deployFirst(deploys);
    const image = await deploys.image(programs.crash);
    const run = await deploys.run({ move: 2 });
    let isAway = true;

    const deploying = run.deploy({
      ...{ step: blueGreen(0), files: served({ color: 'red' }), pushes: { push: image } },
      onJournal: ({ phase }) => {
        if (phase !== 'withdrawing' || !isAway) return;
        isAway = false;
        throw new Fault('database-unreachable', 'the database is away');
      },
    });

    await expect(deploying).rejects.toMatchObject({ message: 'the database is away; green was removed' });
    await expectBlueAlone(deploys);
  });
});

async function deployFirst(deploys: DeploysUnderTest): Promise<void> {
  const image = await deploys.image(answering('old'));
  const first = await deploys.run({ move: 1 });
  const result = await first.deploy({ step: blueGreen(0), files: served(), pushes: { push: image } });
  await first.end();
  expect(result).toMatchObject({ outcome: 'succeeded' });
}

async function answered({ answers }: RequestsUnderWay, text: string): Promise<void> {
  await waitFor(() => answers.has(text), { what: `an answer ${text}` });
}

async function podUids(deploys: DeploysUnderTest): Promise<string[]> {
  const pods: { metadata: { uid: string } }[] = await deploys.podsByName();
  return pods.map(({ metadata }) => metadata.uid);
}

async function expectBlueAlone(deploys: DeploysUnderTest): Promise<void> {
  const { spec } = await deploys.workload('cart', 'service');
  expect(spec.selector['trunkline/colour']).toBe('blue');
  expect(await deploys.kubectl('get', 'deployments', '-o', 'name')).toBe('deployment.apps/cart-blue\n');
  expect((await deploys.workload('cart-blue')).metadata.generation).toBe(1);
  expect(await deploys.kubectl('get', 'configmaps', '-o', 'name')).not.toContain('settings-green');
}
