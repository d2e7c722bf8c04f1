import { expect } from 'vitest';
import { type ClusterSite, isDoneApply } from '../../support/cluster-site.ts';
import type { ProxiedRequest } from '../../support/http-proxy.ts';
import { waitFor } from '../../support/wait-for.ts';

/**
 * What the cluster and the requests to it say of runs that were rolled out, in the order of their commits: each once, no
 * older one over a newer one, each job once, and nothing is at work any more.
 * @param digests what each run has pushed
 */
export async function expectRolloutsInTurn(site: ClusterSite, digests: readonly string[]): Promise<void> {
  const { requests } = site.apiProxy;
  expect(requests.filter(isDoneApply), 'writes of the workload').toHaveLength(digests.length);
  expect(requests.filter(isNewJob), 'jobs that were made').toHaveLength(digests.length);
  expect(await rolledOut(site), 'what was rolled out, in turn').toEqual(digests);
  const isAtRest = async () => {
    const { items } = JSON.parse(await site.kubectl('get', 'jobs', '-o', 'json'));
    return !items.some(({ status }: { status: { active?: number } }) => (status.active ?? 0) > 0);
  };
  await waitFor(isAtRest, { what: 'the last job to be over' });
}

function isNewJob({ method, path, status }: ProxiedRequest): boolean {
  const isWrite =
    (method === 'POST' || method === 'PATCH') && path.includes('/jobs') && !path.includes('dryRun');
  return isWrite && (status === 200 || status === 201);
}

/** The cluster keeps the last eleven versions of a Deployment. */
async function rolledOut(site: ClusterSite): Promise<(string | undefined)[]> {
  const { items } = JSON.parse(await site.kubectl('get', 'replicasets', '-o', 'json')) as {
    items: ReplicaSet[];
  };
  return items
    .toSorted((a, b) => revisionOf(a) - revisionOf(b))
    .map(({ spec }) => spec.template.spec.containers[0]?.image.split('@')[1]);
}

type ReplicaSet = {
  metadata: { annotations: Record<string, string> };
  spec: { template: { spec: { containers: { image: string }[] } } };
};

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations['deployment.kubernetes.io/revision']);
}
