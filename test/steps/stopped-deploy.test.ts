import { expect, test } from 'vitest';
import { createKubernetesCluster } from '../../src/clusters/kubernetes/kubernetes-cluster.ts';
import type { EnvironmentConfig } from '../../src/config/server-config.ts';
import type { DeployStep } from '../../src/domain/pipeline.ts';
import { createDeployStep } from '../../src/steps/deploy-step.ts';
import { storedRun } from '../logs/stored-run.ts';
import { contextOf } from './stored-context.ts';

const workloads = [{ name: 'deployment/cart', target: 'k/shop/deployment/cart' }];

test.for([
  { phase: 'planned', rollout: 'roll-back', reason: 'cancelled by bob before anything was changed' },
  {
    ...{ phase: 'canary', rollout: 'leave' },
    reason: 'cancelled by bob; the canary was removed, the old version of deployment/cart was not touched',
  },
  {
    ...{ phase: 'applying', rollout: 'roll-back' },
    reason: 'cancelled by bob; left as it is: there is no earlier healthy version to go back to',
  },
  {
    ...{ phase: 'applying', rollout: 'leave' },
    reason: 'cancelled by bob; the rollout is left as it is',
  },
] as const)(
  'a cancelled deployment that is taken over in the phase "$phase" says what became of it ($rollout)',
  async ({ phase, rollout, reason }) => {
    await using run = await storedRun();
    const signal = AbortSignal.abort({ kind: 'cancelled', by: 'bob', rollout });
    const journal = { entry: { phase, deployId: 'd1', workloads } };
    const context = contextOf(run, { signal, journal });
    const settings = { kubeconfig: '/nowhere/kubeconfig', context: null, namespace: 'shop' };
    const staging: EnvironmentConfig = {
      ...{ name: 'staging', cluster: { kind: 'kubernetes', ...settings }, pipelines: null },
      ...{
        requireDigests: false,
        freeze: [],
        approve: null,
        driftEveryMs: null,
        prometheus: null,
        dns: null,
      },
    };
    const handler = createDeployStep({
      db: run.store.db,
      environments: { staging },
      clusterOf: () => createKubernetesCluster(settings),
      digestExists: async () => true,
      keptVersions: 10,
      mask: (text) => text,
    });

    // A stop ends the fetch of a tree, too.
    const result = await handler.execute(deployStep, {
      ...context,
      workspace: () => Promise.reject(signal.reason),
    });

    expect(result).toEqual({ outcome: 'cancelled', reason });
  },
);

const deployStep: DeployStep = {
  ...{ id: 'deploy', kind: 'deploy', needs: [], timeoutMs: 60_000, retry: { max: 0, on: [] } },
  ...{ environment: 'staging', manifests: ['deploy/*.yaml'], workload: null, soakMs: 0 },
};
