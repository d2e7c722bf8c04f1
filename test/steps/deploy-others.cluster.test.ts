import { describe, expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { deployed, startDeploys, stopSignals } from './deploy-under-test.ts';
import { cart, manifest, programs, reference } from './deployables.ts';

type Pod = { spec: { containers: { image: string }[] } };

describe('cancelled in the middle of a rollout', () => {
  test.for([
    { rollout: 'leave', reason: 'cancelled by bob; the rollout is left as it is' },
    { rollout: 'roll-back', reason: 'cancelled by bob; rolled back to r1' },
  ] as const)('and told to $rollout, it does', async ({ rollout, reason }) => {
    await using deploys = await startDeploys();
    const { image: good } = await deployed(deploys, 1);
    const slow = await deploys.image(programs.serve);
    const { stop, ...signals } = stopSignals();

    const run = await deploys.run({ move: 2 });
    const result = await run.deploy({
      files: cart({ container: { readinessProbe: { exec: { command: ['/bin/false'] } } } }),
      pushes: { push: slow },
      ...signals,
      onJournal: ({ phase }) => {
        if (phase === 'watching') setTimeout(() => stop({ kind: 'cancelled', by: 'bob', rollout }), 500);
      },
    });

    expect(result).toEqual({ outcome: 'cancelled', reason });
    const expected = rollout === 'leave' ? slow : good;
    const live = await deploys.workload('cart');
    expect(live.spec.template.spec.containers[0].image).toBe(reference(expected));
    expect(await deploys.deployment(2)).toMatchObject({ state: 'ended', outcome: 'cancelled' });
  });
});

describe('others at the same workload', () => {
  test('a foreign change in the middle of a rollout supersedes it, and is left alone', async () => {
    await using deploys = await startDeploys();
    const { image: other } = await deployed(deploys, 1);
    const slow = await deploys.image(programs.serve);

    const run = await deploys.run({ move: 2 });
    const result = await run.deploy({
      files: cart({ container: { readinessProbe: { exec: { command: ['/bin/false'] } } } }),
      pushes: { push: slow },
      onJournal: async ({ phase }) => {
        if (phase !== 'watching') return;
        await deploys.kubectl('set', 'image', 'deployment/cart', `api=${reference(other)}`);
      },
    });

    expect(result).toMatchObject({
      outcome: 'superseded',
      reason: expect.stringMatching(
        /^the image of container `api` of deployment\/cart was changed to .* by kubectl-set$/,
      ),
    });
    const live = await deploys.workload('cart');
    expect(live.spec.template.spec.containers[0].image).toBe(reference(other));
  });

  test('a second run waits for the first; an older one that was overtaken meanwhile is superseded', async () => {
    await using deploys = await startDeploys();
    const image = await deploys.image(programs.serve);
    const older = await deploys.run({ move: 1 });
    const newer = await deploys.run({ move: 2 });
    const log: string[] = [];
    const isApplied = Promise.withResolvers<void>();

    const first = newer.deploy({
      files: cart(),
      pushes: { push: image },
      onJournal: ({ phase }) => {
        if (phase === 'applying') isApplied.resolve();
      },
    });
    await isApplied.promise;
    const second = older.deploy({ files: cart(), pushes: { push: image }, log });

    expect(await first).toMatchObject({ outcome: 'succeeded' });
    expect(await second).toEqual({
      outcome: 'superseded',
      reason: 'the newer r2 (cart #2) is deployed already',
    });
    expect(log).toContain('waiting for cart #2, which is deploying deployment/cart');
  });

  test('a deployment whose run is gone holds nothing up', async () => {
    await using deploys = await startDeploys();
    const image = await deploys.image(programs.serve);
    const dead = await deploys.run({ move: 1 });
    const killed = dead.deploy({
      files: cart(),
      pushes: { push: image },
      onJournal: ({ phase }) => {
        if (phase === 'applying') throw new Error('killed');
      },
    });
    await expect(killed).rejects.toThrow('killed');
    await dead.end();

    const next = await deploys.run({ move: 2 });
    const result = await next.deploy({ files: cart(), pushes: { push: image } });

    expect(result).toMatchObject({ outcome: 'succeeded' });
    expect(await deploys.deployment(1)).toMatchObject({ outcome: 'errored' });
  });
});

describe('a StatefulSet', () => {
  test('whose new pod never becomes ready is brought back, though the cluster waits for that pod', async () => {
    await using deploys = await startDeploys({ budgets: { neverReadyMs: 4_000, probeFactor: 0 } });
    const good = await deploys.image(programs.serve);
    const bad = await deploys.image(programs.serve);
    const files = { 'deploy/cart.yaml': manifest({ kind: 'StatefulSet', spec: { replicas: 2 } }) };
    const first = await deploys.run({ move: 1 });
    await first.deploy({ files, pushes: { push: good } });
    await first.end();

    const second = await deploys.run({ move: 2 });
    const result = await second.deploy({
      files: {
        'deploy/cart.yaml': manifest({
          kind: 'StatefulSet',
          spec: { replicas: 2 },
          container: { readinessProbe: { exec: { command: ['/bin/false'] }, periodSeconds: 1 } },
        }),
      },
      pushes: { push: bad },
    });

    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/rolled back to r1$/) });
    await waitFor(
      async () => {
        const { items } = JSON.parse(await deploys.kubectl('get', 'pods', '-o', 'json'));
        const isGood = (pod: Pod) => pod.spec.containers[0]?.image === reference(good);
        return items.length === 2 && items.every(isGood);
      },
      { what: 'two pods of the version before' },
    );
  });
});
