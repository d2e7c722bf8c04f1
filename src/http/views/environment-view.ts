import type { EnvironmentConfig } from '../../config/server-config.ts';
import type { Db } from '../../store/database.ts';
import {
  type DeploymentSummaryRow,
  newestDeployments,
  runningDeployments,
} from '../../store/list-deployments.ts';
import { workloadOf } from '../../store/rollback-choices.ts';
import { deploymentView } from './run-view.ts';

/** Environments with what runs in each of their workloads. */
export async function viewEnvironments(db: Db, environments: EnvironmentConfig[]) {
  const names = environments.map(({ name }) => name);
  const [running, newest] = await Promise.all([runningDeployments(db, names), newestDeployments(db, names)]);
  return environments.map((environment) => {
    const { cluster } = environment;
    const isHere = (row: DeploymentSummaryRow) => row.environment === environment.name;
    const current = new Map(running.filter(isHere).map((row) => [row.target, row]));
    return {
      name: environment.name,
      cluster: cluster.kind,
      namespace: cluster.kind === 'kubernetes' ? cluster.namespace : cluster.prefix,
      pipelines: environment.pipelines,
      requireDigests: environment.requireDigests,
      running: [...current.values()].map(deploymentView),
      workloads: newest.filter(isHere).map((row) => workloadView(row, current.get(row.target))),
    };
  });
}

/** @param newest the last deployment, however it went; @param current the last one that became healthy */
function workloadView(newest: DeploymentSummaryRow, current: DeploymentSummaryRow | undefined) {
  const isNewer = newest.id !== current?.id;
  const hasFailed = isNewer && newest.state === 'ended' && newest.outcome !== 'superseded';
  return {
    name: workloadOf(newest.target),
    target: newest.target,
    current: current === undefined ? null : deploymentView(current),
    deploying: isNewer && newest.state === 'active' ? deploymentView(newest) : null,
    failedSince: hasFailed ? deploymentView(newest) : null,
  };
}
