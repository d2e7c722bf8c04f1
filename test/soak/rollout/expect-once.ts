import { expect } from 'vitest';
import type { Run } from '../../../src/http/schemas/run.ts';
import { type ClusterSite, isDoneApply } from '../../support/cluster-site.ts';
import { isJobWrite, isPrune, type Phase } from './phases.ts';

/**
 * Everything that the run wrote into the cluster, it wrote once, and the cluster is as that is to be.
 * @param before how many requests there were before the run
 */
export async function expectWrittenOnce(
  site: ClusterSite,
  { run, before, ends }: { run: Run; before: number } & Pick<Phase, 'ends'>,
): Promise<void> {
  const requests = site.apiProxy.requests.slice(before);
  const isBack = ends === 'failed';
  const writes = isBack ? 2 : 1;
  const { generation } = await stateOf(site);
  expect(requests.filter(isDoneApply), 'writes of the workload').toHaveLength(writes);
  expect(generation).toBe(1 + writes);
  expect(
    requests.filter((one) => isJobWrite(one) && isDone(one)),
    'writes of the job',
  ).toHaveLength(1);
  expect(
    requests.filter((one) => isPrune(one) && isDone(one)),
    'deletions',
  ).toHaveLength(isBack ? 0 : 1);
  expect(run.deployments).toMatchObject([
    { outcome: ends, rollback: isBack ? { state: 'done', to: 'r1' } : null },
  ]);
  expect(await site.answer()).toBe(isBack ? 'one' : 'two');
  const left = await site.kubectl('get', 'configmap', 'old', '--ignore-not-found', '-o', 'name');
  expect(left.trim()).toBe(isBack ? 'configmap/old' : '');
}

/** What a late writer could spoil. */
export async function stateOf(site: ClusterSite): Promise<{ generation: number; image: string | undefined }> {
  const { metadata, spec } = await site.deployment();
  return { generation: metadata.generation, image: spec.template.spec.containers[0]?.image };
}

function isDone({ status = 0 }: { status?: number }): boolean {
  return status >= 200 && status < 300;
}
