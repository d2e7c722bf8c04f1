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
  const done = (matches: typeof isPrune) => requests.filter((one) => matches(one) && isDone(one)).length;
  // A write whose answer never came is none that is seen here; what it did, the cluster itself shows.
  expect(requests.filter(isDoneApply).length, 'writes of the workload').toBeLessThanOrEqual(writes);
  expect(generation).toBe(1 + writes);
  expect(done(isJobWrite), 'writes of the job').toBeLessThanOrEqual(1);
  expect(await jobsOf(site), 'jobs of two runs').toHaveLength(2);
  expect(done(isPrune), 'deletions').toBeLessThanOrEqual(isBack ? 0 : 1);
  expect(run.deployments).toMatchObject([
    { outcome: ends, rollback: isBack ? { state: 'done', to: 'r1' } : null },
  ]);
  await site.answers(isBack ? 'one' : 'two');
  const left = await site.kubectl('get', 'configmap', 'old', '--ignore-not-found', '-o', 'name');
  expect(left.trim()).toBe(isBack ? 'configmap/old' : '');
}

/** What a late writer could spoil. */
export async function stateOf(site: ClusterSite): Promise<{ generation: number; image: string | undefined }> {
  const { metadata, spec } = await site.deployment();
  return { generation: metadata.generation, image: spec.template.spec.containers[0]?.image };
}

async function jobsOf(site: ClusterSite): Promise<string[]> {
  const listed = await site.kubectl('get', 'jobs', '-o', 'name');
  return listed.split('\n').filter((name) => name !== '');
}

function isDone({ status = 0 }: { status?: number }): boolean {
  return status >= 200 && status < 300;
}
