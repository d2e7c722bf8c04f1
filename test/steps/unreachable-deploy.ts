import { createKubernetesCluster } from '../../src/clusters/kubernetes/kubernetes-cluster.ts';
import type { EnvironmentConfig } from '../../src/config/server-config.ts';
import type { DeployStep } from '../../src/domain/pipeline.ts';
import { createDeployStep } from '../../src/steps/deploy-step.ts';
import type { StepHandler } from '../../src/steps/step-handler.ts';
import type { StoredRun } from '../logs/stored-run.ts';

/** Deploys to `staging`, on a cluster that cannot be reached; nor does it say which one it is unless `asks`. */
export function unreachableDeploy(
  run: StoredRun,
  { asks = false, ...environment }: Partial<EnvironmentConfig> & { asks?: boolean } = {},
): StepHandler<'deploy'> {
  const settings = { kubeconfig: '/nowhere/kubeconfig', context: null, namespace: 'shop' };
  const staging: EnvironmentConfig = {
    ...{ name: 'staging', cluster: { kind: 'kubernetes', ...settings }, pipelines: null, clusterId: null },
    ...{ requireDigests: false, freeze: [], approve: null, driftEveryMs: null, prometheus: null, dns: null },
    ...environment,
  };
  const cluster = createKubernetesCluster(settings);
  return createDeployStep({
    db: run.store.db,
    environments: { staging },
    clusterOf: () => (asks ? cluster : { ...cluster, identify: async () => null }),
    digestExists: async () => true,
    keptVersions: 10,
    mask: (text) => text,
  });
}

export const deployStep: DeployStep = {
  ...{ id: 'deploy', kind: 'deploy', needs: [], timeoutMs: 60_000, retry: { max: 0, on: [] } },
  ...{ environment: 'staging', manifests: ['deploy/*.yaml'], workload: null, soakMs: 0 },
};
