import { describe, expect, test } from 'vitest';
import type { DeployStep } from '../../src/domain/pipeline.ts';
import { type DeploysUnderTest, startDeploys, stopSignals } from './deploy-under-test.ts';
import { programs, reference } from './deployables.ts';
import { requestsUnderWay } from './requests-under-way.ts';
import { answering, served, serviceUrl } from './served.ts';

const canary = (...pausesMs: number[]): Partial<DeployStep> => ({
  strategy: {
    kind: 'canary',
    steps: pausesMs.map((pauseMs, index) => ({ share: { replicas: index + 1 }, pauseMs })),
  },
});

describe('a canary', () => {
  test('takes a share of the requests, then all of them go to the new version; none is lost, whoever does it', async () => {
    await using deploys = await startDeploys();
    await deployFirst(deploys);
    const image = await deploys.image(answering('new'));
    const run = await deploys.run({ move: 2 });
    const request = {
      step: canary(4_000, 4_000),
      files: served({ color: 'green' }),
      pushes: { push: image },
    };
    const log: string[] = [];
    const { stop, ...signals } = stopSignals();
    await using requests = await requestsUnderWay(await serviceUrl(deploys));

    const lost = run.deploy({
      ...request,
      ...signals,
      onJournal: ({ phase, canary: at }) => {
        if (phase === 'canary' && (at as { step: number } | undefined)?.step === 1) {
          stop({ kind: 'lease-lost' });
          throw new Error('killed');
        }
      },
    });
    await expect(lost).rejects.toThrow();
    const between = await deploys.workload('cart');
    const shared = new Map(requests.answers);
    const result = await run.deploy({ ...request, log });
    await requests[Symbol.asyncDispose]();

    expect(between.metadata.generation).toBe(1);
    expect(shared.get('new-green')).toBeGreaterThan(0);
    expect(shared.get('old-blue')).toBeGreaterThan(shared.get('new-green') ?? 0);
    expect(result).toMatchObject({ outcome: 'succeeded', output: { images: [reference(image)] } });
    expect(log).toContain('canary 2 of 2: 2 pods beside the stable version, watched for 4s');
    expect(log.filter((line) => line.startsWith('canary 1'))).toEqual([]);
    expect(log).toContain('the canary is gone: deleted deployment/cart-canary, configmap/settings-canary');
    expect(await deploys.kubectl('get', 'deployments', '-o', 'name')).toBe('deployment.apps/cart\n');
    expect(requests.lost).toEqual([]);
  });

  test.for([
    {
      end: 'crashes',
      reason:
        /^canary 1 of 1: .*exits 1 .*; the canary was removed, the old version of deployment\/cart was not touched$/,
    },
    {
      end: 'is cancelled',
      reason:
        /^canary 1 of 1: cancelled by bob; the canary was removed, the old version of deployment\/cart was not touched$/,
    },
  ])('that $end is gone, and the stable version was never touched', async ({ end, reason }) => {
    await using deploys = await startDeploys();
    await deployFirst(deploys);
    const before = await deploys.workload('cart');
    const image = await deploys.image(end === 'crashes' ? programs.crash : answering('new'));
    const run = await deploys.run({ move: 2 });
    const { stop, ...signals } = stopSignals();

    const result = await run.deploy({
      ...signals,
      step: canary(60_000),
      files: served({ color: 'green' }),
      pushes: { push: image },
      onJournal: ({ phase, canary: at }) => {
        if (end === 'is cancelled' && phase === 'canary' && at !== undefined)
          setTimeout(() => stop({ kind: 'cancelled', by: 'bob', rollout: 'leave' }), 300);
      },
    });

    expect(result).toMatchObject({ reason: expect.stringMatching(reason) });
    const after = await deploys.workload('cart');
    expect(after.metadata.generation).toBe(before.metadata.generation);
    expect((await deploys.workload('settings', 'configmap')).data).toEqual({ color: 'blue' });
    const left = await deploys.kubectl('get', 'deployments,configmaps', '-o', 'name');
    expect(left).not.toContain('canary');
  });
});

async function deployFirst(deploys: DeploysUnderTest): Promise<void> {
  const image = await deploys.image(answering('old'));
  const first = await deploys.run({ move: 1 });
  const log: string[] = [];
  const result = await first.deploy({ step: canary(1_000), files: served(), pushes: { push: image }, log });
  await first.end();
  expect(result).toMatchObject({ outcome: 'succeeded' });
  expect(log).toContain('no canary: there is no healthy version that it could stand beside');
}
