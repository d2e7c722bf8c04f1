import { describe, expect, test } from 'vitest';
import type { DeployStep } from '../../src/domain/pipeline.ts';
import { type DeploysUnderTest, startDeploys, stopSignals } from './deploy-under-test.ts';
import { manifest, programs, reference } from './deployables.ts';

const step: Partial<DeployStep> = { strategy: 'stepped' };
const set = (changes: Parameters<typeof manifest>[0] = {}) => ({
  'deploy/cart.yaml': manifest({ ...changes, kind: 'StatefulSet', spec: { replicas: 2, ...changes.spec } }),
});

describe('a stepped StatefulSet', () => {
  test('is rolled from the highest ordinal, by whichever worker, until no partition is left', async () => {
    await using deploys = await startDeploys();
    const files = set();
    await deployFirst(deploys, files);
    const image = await deploys.image(programs.serve);
    const run = await deploys.run({ move: 2 });
    const request = { step, files, pushes: { push: image } };
    const { stop, ...signals } = stopSignals();
    const [log, restOfLog]: [string[], string[]] = [[], []];

    const lost = run.deploy({
      ...request,
      ...signals,
      log: Object.assign(log, {
        push: (line: string) => {
          if (line.includes('the next pod is cart-0')) stop({ kind: 'lease-lost' });
          return Array.prototype.push.call(log, line);
        },
      }),
    });
    await expect(lost).rejects.toMatchObject({ code: 'lease-lost' });
    const result = await run.deploy({ ...request, log: restOfLog });

    expect(result).toMatchObject({ outcome: 'succeeded', output: { images: [reference(image)] } });
    expect([...log, ...restOfLog].filter((line) => line.includes('next pod'))).toEqual([
      'statefulset/cart: the next pod is cart-1',
      'statefulset/cart: the next pod is cart-0',
    ]);
    for (const pod of await deploys.podsByName()) expect(pod.spec.containers[0].image).toBe(reference(image));
    const live = await deploys.workload('cart', 'statefulset');
    expect(live.spec.updateStrategy.rollingUpdate.partition).toBe(0);
  });

  test('of Parallel pods stops at its first bad pod and takes that back; the others were never touched, and the next deployment gets through', async () => {
    await using deploys = await startDeploys();
    const files = set({ spec: { podManagementPolicy: 'Parallel' } });
    await deployFirst(deploys, files);
    const before = await deploys.podsByName();
    const bad = await deploys.image(programs.crash);
    const good = await deploys.image(programs.serve);

    const second = await deploys.run({ move: 2 });
    const failed = await second.deploy({ step, files, pushes: { push: bad } });
    await second.end();
    const after = await deploys.podsByName();
    const plain = await deploys.run({ move: 3 });
    const result = await plain.deploy({ files, pushes: { push: good } });

    expect(failed).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/rolled back to r1$/) });
    const uidOf = ({ metadata }: { metadata: { uid: string } }) => metadata.uid;
    expect(uidOf(after[0])).toBe(uidOf(before[0]));
    expect(after[1].spec).toMatchObject({ containers: [{ image: before[0].spec.containers[0].image }] });
    expect(result).toMatchObject({ outcome: 'succeeded' });
    for (const pod of await deploys.podsByName()) expect(pod.spec.containers[0].image).toBe(reference(good));
  });
});

test('a StatefulSet that is broken before the first healthy version gets its mended one', async () => {
  await using deploys = await startDeploys();
  const bad = await deploys.image(programs.crash);
  const good = await deploys.image(programs.serve);
  const first = await deploys.run({ move: 1 });
  const broken = await first.deploy({ step, files: set(), pushes: { push: bad } });
  await first.end();

  const second = await deploys.run({ move: 2 });
  const log: string[] = [];
  const mended = await second.deploy({ step, files: set(), pushes: { push: good }, log });

  expect(broken).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('left as it is') });
  expect(mended).toMatchObject({ outcome: 'succeeded' });
  expect(log).toContain('statefulset/cart: not healthy now: rolled at once, not step by step');
});

async function deployFirst(deploys: DeploysUnderTest, files: Record<string, string>): Promise<void> {
  const image = await deploys.image(programs.serve);
  const run = await deploys.run({ move: 1 });
  const result = await run.deploy({ step, files, pushes: { push: image } });
  await run.end();
  expect(result).toMatchObject({ outcome: 'succeeded' });
}
