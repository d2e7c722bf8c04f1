import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { deployed, startDeploys, stopSignals } from './deploy-under-test.ts';
import { cart, programs, reference } from './deployables.ts';

describe('a worker that dies or loses its lease', () => {
  test.for(['planned', 'applying', 'watching', 'ended'])(
    'in the phase "%s" is continued by another one, and the rollout happens once',
    async (deathPhase) => {
      await using deploys = await startDeploys();
      await deployed(deploys, 1);
      const image = await deploys.image(programs.serve);
      const run = await deploys.run({ move: 2 });
      const request = { files: cart(), pushes: { push: image } };
      const { stop, ...signals } = stopSignals();

      const first = run.deploy({
        ...request,
        ...signals,
        onJournal: ({ phase }) => {
          if (phase !== deathPhase) return;
          stop({ kind: 'lease-lost' });
          throw new Error('killed');
        },
      });
      await expect(first).rejects.toThrow();
      const result = await run.deploy(request);

      expect(result).toMatchObject({ outcome: 'succeeded', output: { images: [reference(image)] } });
      const live = await deploys.workload('cart');
      expect(live.metadata.annotations['deployment.kubernetes.io/revision']).toBe('2');
      expect(live.metadata.generation).toBe(2);
    },
  );

  test('in the middle of a rollback is continued by another one', async () => {
    await using deploys = await startDeploys();
    const { image: good } = await deployed(deploys, 1);
    const bad = await deploys.image(programs.crash);
    const run = await deploys.run({ move: 2 });
    const request = { files: cart(), pushes: { push: bad } };

    const first = run.deploy({
      ...request,
      onJournal: ({ phase }) => {
        if (phase === 'rolling-back') throw new Error('killed');
      },
    });
    await expect(first).rejects.toThrow('killed');
    const evidence = (await deploys.deployment(2)).evidence;
    const result = await run.deploy(request);

    expect(evidence).toMatchObject({ causes: [{ class: 'crash' }] });
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/; rolled back to r1$/),
    });
    const live = await deploys.workload('cart');
    expect(live.spec.template.spec.containers[0].image).toBe(reference(good));
  });

  test('shut down in the middle of the rollback of a cancelled step, it leaves at once; a fault in the rollback is said', async () => {
    await using deploys = await startDeploys();
    await deployed(deploys, 1);
    const late = await deploys.image(programs.serve);
    const run = await deploys.run({ move: 2 });
    const request = {
      files: cart({ container: { readinessProbe: { exec: { command: ['/bin/false'] } } } }),
      pushes: { push: late },
    };
    const { stop, ...signals } = stopSignals();
    const cancel = { kind: 'cancelled', by: 'alice', rollout: 'roll-back' } as const;

    const first = run.deploy({
      ...request,
      ...signals,
      onJournal: ({ phase }) => {
        if (phase === 'watching') stop(cancel);
        if (phase === 'rolling-back') stop({ kind: 'shutdown' });
      },
    });
    await expect(first).rejects.toMatchObject({ code: 'lease-lost' });
    const taken = stopSignals();
    taken.stop(cancel);
    const result = await run.deploy({
      ...request,
      ...taken,
      onConfirm: () => {
        throw new Fault('cluster-unreachable', 'the API server does not answer', { hint: 'Start it.' });
      },
    });

    expect(result).toMatchObject({
      outcome: 'cancelled',
      reason: 'cancelled by alice; the rollback to r1 failed: the API server does not answer. Start it.',
    });
    expect((await deploys.deployment(2)).rollback).toMatchObject({ state: 'failed', to: 'r1' });
  });

  test('a half-done apply whose plan is refused meanwhile is rolled back', async () => {
    await using deploys = await startDeploys();
    const image = await deploys.image(programs.serve);
    const settings = (color: string) => ({
      'deploy/settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: ${color} }\n`,
    });
    const before = await deploys.run({ move: 1 });
    await before.deploy({ files: { ...settings('blue'), ...cart() }, pushes: { push: image } });
    await before.end();
    const run = await deploys.run({ move: 2 });
    let writes = 0;

    const first = run.deploy({
      files: { ...settings('red'), ...cart({ pod: { priority: 0 } }) },
      pushes: { push: image },
      onConfirm: () => {
        if (++writes === 2) throw new Error('killed');
      },
    });
    await expect(first).rejects.toThrow('killed');
    const half = await deploys.workload('settings', 'configmap');
    const result = await run.deploy({ files: cart({ pod: { hostNetwork: true } }), pushes: { push: image } });

    expect(half.data).toEqual({ color: 'red' });
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/uses hostNetwork: refused, .*; rolled back to r1$/),
    });
    expect((await deploys.workload('settings', 'configmap')).data).toEqual({ color: 'blue' });
  });

  test('after a half-done apply, only what is missing is applied', async () => {
    await using deploys = await startDeploys();
    const image = await deploys.image(programs.serve);
    const files = {
      'deploy/settings.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: blue }\n',
      ...cart(),
    };
    const run = await deploys.run({ move: 1 });
    let writes = 0;

    const first = run.deploy({
      files,
      pushes: { push: image },
      onConfirm: () => {
        if (++writes === 2) throw new Error('killed');
      },
    });
    await expect(first).rejects.toThrow('killed');
    const settings = await deploys.workload('settings', 'configmap');
    const result = await run.deploy({ files, pushes: { push: image } });

    expect(result).toMatchObject({ outcome: 'succeeded' });
    const after = await deploys.workload('settings', 'configmap');
    expect(after.metadata.resourceVersion).toBe(settings.metadata.resourceVersion);
  });

  test.for([
    { what: 'an update', isFirst: false },
    { what: 'a first deployment', isFirst: true },
  ])('asleep before the write of $what, it changes nothing when it wakes up', async ({ isFirst }) => {
    await using deploys = await startDeploys();
    if (!isFirst) await deployed(deploys, 1);
    const image = await deploys.image(programs.serve);
    const run = await deploys.run({ move: 2 });
    const request = { files: cart(), pushes: { push: image } };
    const asleep = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    let looks = 0;

    // The lease is confirmed, and only then the worker falls asleep: the very last moment before its write.
    const stale = run.deploy({
      ...request,
      afterConfirm: async () => {
        if (++looks > 1) return;
        reached.resolve();
        await asleep.promise;
      },
    });
    stale.catch(() => undefined);
    await reached.promise;
    const takenOver = await run.deploy(request);
    await run.end();
    const { image: newest } = await deployed(deploys, 3);
    const before = await deploys.workload('cart');
    asleep.resolve();

    await expect(stale).rejects.toMatchObject({ code: 'lease-lost' });
    expect(takenOver).toMatchObject({ outcome: 'succeeded' });
    const after = await deploys.workload('cart');
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(after.spec.template.spec.containers[0].image).toBe(reference(newest));
  });
});
