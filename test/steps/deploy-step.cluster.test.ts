import { describe, expect, test } from 'vitest';
import { startDeploys, stopSignals } from './deploy-under-test.ts';
import { cart, deleteImage, manifest, programs } from './deployables.ts';

describe('a rollout that goes well', () => {
  test('a first deployment and an update run exactly the pushed digests, with who, what and why on record', async () => {
    await using deploys = await startDeploys();
    const first = await deploys.image(programs.serve);
    const second = await deploys.image(programs.serve);
    const silent: string[] = [];

    const created = await (await deploys.run({ move: 1 })).deploy({
      files: cart(),
      pushes: { push: first },
      step: { soakMs: 500, logs: 'none' },
      log: silent,
    });
    const log: string[] = [];
    const updated = await (await deploys.run({ move: 2 })).deploy({
      files: cart(),
      pushes: { push: second },
      // As long as a busy node may take to hand over what a pod writes.
      step: { soakMs: 5_000 },
      log,
    });

    expect(created).toMatchObject({ outcome: 'succeeded' });
    expect(updated).toMatchObject({
      outcome: 'succeeded',
      output: { workloads: ['deployment/cart'], images: [`${second.repository}@${second.digest}`] },
    });
    const live = await deploys.workload('cart');
    expect(live.metadata.annotations['kubernetes.io/change-cause']).toBe(
      'trunkline cart #2: r2 by alice: Change 2',
    );
    expect(live.metadata.labels['app.kubernetes.io/managed-by']).toBe('trunkline');
    expect(
      live.metadata.managedFields.filter((entry: { manager: string }) => entry.manager === 'trunkline'),
    ).toHaveLength(1);
    expect(log.join('\n')).toMatch(/pod cart-\S+: ready/);
    expect(log).toContainEqual(expect.stringMatching(/^cart-\S+: serving$/));
    expect(silent).not.toContainEqual(expect.stringMatching(/: serving$/));
    const rows = await deploys.db
      .selectFrom('deployment')
      .select(['outcome', 'revision'])
      .orderBy('started_at')
      .execute();
    expect(rows).toEqual([
      { outcome: 'succeeded', revision: '1' },
      { outcome: 'succeeded', revision: '2' },
    ]);
  });
});

describe('a rollout that fails', () => {
  test('a container that crashes at start fails with cause and last line, and the last healthy version comes back', async () => {
    await using deploys = await startDeploys();
    const good = await deploys.image(programs.serve);
    const bad = await deploys.image(programs.crash);
    await (await deploys.run({ move: 1 })).deploy({ files: cart(), pushes: { push: good } });
    const before = await deploys.workload('cart');

    const log: string[] = [];
    const started = performance.now();
    const result = await (await deploys.run({ move: 2 })).deploy({
      files: cart(),
      pushes: { push: bad },
      log,
    });

    expect(result).toEqual({
      outcome: 'failed',
      reason:
        '1 of 1 new pods: container `api` exits 1 right after start; last line: cannot open the orders table; rolled back to r1',
    });
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(log.join('\n')).toContain('  cannot open the orders table');
    const after = await deploys.workload('cart');
    expect(after.spec.template).toEqual(before.spec.template);
    expect(after.metadata.annotations['kubernetes.io/change-cause']).toContain('cart #2: rolled back to r1');
    const row = await deploys.deployment(2);
    expect(row).toMatchObject({ state: 'ended', outcome: 'failed', rollback: { state: 'done', to: 'r1' } });
    expect(row.evidence).toMatchObject({
      causes: [{ class: 'crash', workload: 'deployment/cart', container: 'api' }],
    });
  });

  test('a first deployment that fails is left as it is, and says so', async () => {
    await using deploys = await startDeploys();
    const bad = await deploys.image(programs.crash);

    const result = await (await deploys.run({ move: 1 })).deploy({ files: cart(), pushes: { push: bad } });

    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/left as it is: there is no earlier healthy version to go back to$/),
    });
    expect(await deploys.workload('cart')).toBeDefined();
  });

  test('without records, the healthy state seen before the deployment comes back', async () => {
    await using deploys = await startDeploys();
    const good = await deploys.image(programs.serve);
    const bad = await deploys.image(programs.crash);
    const image = `${good.repository}@${good.digest}`;
    await deploys.apply(
      manifest({ container: { image, env: [{ name: 'A', value: '1' }] }, spec: { replicas: 1 } }),
    );
    await deploys.kubectl('rollout', 'status', 'deployment/cart', '--timeout=60s');
    const before = await deploys.workload('cart');

    const log: string[] = [];
    const result = await (await deploys.run({ move: 1 })).deploy({
      files: cart({ spec: { replicas: 2 } }),
      pushes: { push: bad },
      log,
    });

    expect(result).toMatchObject({
      reason: expect.stringMatching(/rolled back to the state before this deployment$/),
    });
    expect(log.join('\n')).toContain('.spec.replicas -> kubectl-client-side-apply');
    const after = await deploys.workload('cart');
    expect(after.spec).toEqual(before.spec);
  });

  test('a digest that has gone from the registry refuses the rollback, and nothing is written', async () => {
    await using deploys = await startDeploys();
    const good = await deploys.image(programs.serve);
    const bad = await deploys.image(programs.crash);
    await (await deploys.run({ move: 1 })).deploy({ files: cart(), pushes: { push: good } });
    await deleteImage(good);

    const result = await (await deploys.run({ move: 2 })).deploy({ files: cart(), pushes: { push: bad } });

    const gone = `${good.repository}@${good.digest}`;
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining(`not rolled back to r1: the registry no longer has ${gone}`),
    });
    const container = (await deploys.workload('cart')).spec.template.spec.containers[0];
    expect(container.image).toBe(`${bad.repository}@${bad.digest}`);
  });

  test('a container that crashes after it was ready fails during the soak', async () => {
    await using deploys = await startDeploys();
    const good = await deploys.image(programs.serve);
    const bad = await deploys.image(programs.crashLater);
    await (await deploys.run({ move: 1 })).deploy({ files: cart(), pushes: { push: good } });

    const result = await (await deploys.run({ move: 2 })).deploy({
      files: cart({ spec: { replicas: 1 } }),
      pushes: { push: bad },
      step: { soakMs: 20_000 },
    });

    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('exits 3') });
  });

  test('a step that runs out of time is timed out with what it was waiting for, and rolled back', async () => {
    await using deploys = await startDeploys();
    const good = await deploys.image(programs.serve);
    const late = await deploys.image(programs.serve);
    await (await deploys.run({ move: 1 })).deploy({ files: cart(), pushes: { push: good } });
    const { stop, ...signals } = stopSignals();

    const result = await (await deploys.run({ move: 2 })).deploy({
      files: cart({ container: { readinessProbe: { exec: { command: ['/bin/false'] } } } }),
      pushes: { push: late },
      ...signals,
      log: Object.assign([] as string[], {
        // By then the pod runs, however long that took.
        push: (line: string) => {
          if (line.includes('(run /bin/false)')) stop({ kind: 'timed-out', afterMs: 10_000 });
          return 0;
        },
      }),
    });

    expect(result).toMatchObject({
      outcome: 'timed-out',
      reason: expect.stringMatching(
        /^not done within 10 s: 1 of 1 new pods: .* \(run \/bin\/false\).*; rolled back to r1$/,
      ),
    });
  });
});
