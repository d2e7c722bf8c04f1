import { expect, test } from 'vitest';
import { createKubernetesCluster } from '../../src/clusters/kubernetes/kubernetes-cluster.ts';
import type { EnvironmentConfig } from '../../src/config/server-config.ts';
import type { DeployStep } from '../../src/domain/pipeline.ts';
import { createDeployStep } from '../../src/steps/deploy-step.ts';
import type { StepResult } from '../../src/steps/step-handler.ts';
import { type StoredRun, storedRun } from '../logs/stored-run.ts';
import { contextOf } from './stored-context.ts';

const always = { cron: '* * * * *', lastsMs: 3_600_000, timezone: 'UTC', reason: 'stocktaking' };

test('a deploy step in a freeze is rejected with the reason, and asks nothing of the cluster', async () => {
  await using run = await storedRun();

  const result = await deployInFreeze(run, {});

  expect(result).toEqual({
    outcome: 'rejected',
    reason: expect.stringMatching(
      /^staging is frozen until .* \(UTC\): stocktaking; "trunkline retry cart#1" deploys it afterwards$/,
    ),
  });
});

test('a rollback is not held up by a freeze', async () => {
  await using run = await storedRun();

  const result = await deployInFreeze(run, { restore: { deployId: 'd1', label: 'r1 (cart #1)' } });

  expect(result).toEqual({ outcome: 'failed', reason: 'the set of r1 (cart #1) is no longer on record' });
});

/** On a cluster that cannot be reached. */
async function deployInFreeze(run: StoredRun, step: Partial<DeployStep>): Promise<StepResult> {
  const settings = { kubeconfig: '/nowhere/kubeconfig', context: null, namespace: 'shop' };
  const staging: EnvironmentConfig = {
    name: 'staging',
    cluster: { kind: 'kubernetes', ...settings },
    pipelines: null,
    requireDigests: false,
    freeze: [always],
    approve: null,
    driftEveryMs: null,
    dns: null,
    prometheus: null,
  };
  const handler = createDeployStep({
    db: run.store.db,
    environments: { staging },
    clusterOf: () => createKubernetesCluster(settings),
    digestExists: async () => true,
    keptVersions: 10,
    mask: (text) => text,
  });
  return handler.execute({ ...deployStep, ...step }, contextOf(run, {}));
}

const deployStep: DeployStep = {
  ...{ id: 'deploy', kind: 'deploy', needs: [], timeoutMs: 60_000, retry: { max: 0, on: [] } },
  ...{ environment: 'staging', manifests: ['deploy/*.yaml'], workload: null, soakMs: 0 },
};
