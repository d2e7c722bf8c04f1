import type { EnvironmentConfig } from '../../config/server-config.ts';
import { deployedSpan } from '../../domain/deployed-span.ts';
import { frozenAt, frozenText } from '../../domain/freeze.ts';
import { changesBetween } from '../../store/changes-between.ts';
import type { Db } from '../../store/database.ts';
import {
  type DeploymentSummaryRow,
  newestDeployments,
  previousDeployments,
  runningDeployments,
} from '../../store/list-deployments.ts';
import { workloadOf } from '../../store/rollback-choices.ts';
import { iso } from '../schemas/shared.ts';
import { deploymentView } from './run-view.ts';

/** Environments with what runs in each of their workloads. */
export async function viewEnvironments(db: Db, environments: EnvironmentConfig[]) {
  const rows = await readRows(db, environments);
  return environments.map((environment) => {
    const { current, newest } = rowsOf(rows, environment);
    const workloads = newest.map((row) => workloadView(row, current.get(row.target)));
    return { ...environmentFacts(environment, current), workloads, locks: locksOf(workloads) };
  });
}

/** One environment, with what is new in each of its workloads. */
export async function viewEnvironment(db: Db, environment: EnvironmentConfig) {
  const names = [environment.name];
  const [[running, changes], newest] = await Promise.all([
    runningDeployments(db, names).then(async (rows) => [rows, await viewChanges(db, rows)] as const),
    newestDeployments(db, names),
  ]);
  const current = new Map(running.map((row) => [row.target, row]));
  const workloads = newest.map((row) => {
    return { ...workloadView(row, current.get(row.target)), changes: changes.get(row.target) ?? null };
  });
  return { ...environmentFacts(environment, current), workloads, locks: locksOf(workloads) };
}

interface Rows {
  running: DeploymentSummaryRow[];
  newest: DeploymentSummaryRow[];
}

async function readRows(db: Db, environments: EnvironmentConfig[]): Promise<Rows> {
  const names = environments.map(({ name }) => name);
  const [running, newest] = await Promise.all([runningDeployments(db, names), newestDeployments(db, names)]);
  return { running, newest };
}

function rowsOf({ running, newest }: Rows, { name }: EnvironmentConfig) {
  const isHere = (row: DeploymentSummaryRow) => row.environment === name;
  const current = new Map(running.filter(isHere).map((row) => [row.target, row]));
  return { current, newest: newest.filter(isHere) };
}

function environmentFacts(environment: EnvironmentConfig, current: Map<string, DeploymentSummaryRow>) {
  const { name, cluster, pipelines, requireDigests } = environment;
  return {
    name,
    cluster: cluster.kind,
    namespace: cluster.kind === 'kubernetes' ? cluster.namespace : cluster.prefix,
    pipelines,
    requireDigests,
    frozen: frozenView(environment),
    running: [...current.values()].map(deploymentView),
  };
}

function frozenView({ freeze }: EnvironmentConfig) {
  const frozen = frozenAt(freeze, new Date());
  if (frozen === null) return null;
  return { until: iso(frozen.until), reason: frozen.reason, text: frozenText(frozen) };
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

function locksOf(workloads: readonly ReturnType<typeof workloadView>[]) {
  return workloads.flatMap(({ name: workload, target, deploying }) => {
    if (deploying === null) return [];
    const { runId, pipeline, number, step, startedAt: since } = deploying;
    return [{ target, workload, runId, pipeline, number, step, since }];
  });
}

const mostChanges = 50;

/** What came with what runs, by target; nothing where nothing ran before. */
async function viewChanges(db: Db, running: readonly DeploymentSummaryRow[]) {
  const previous = await previousDeployments(
    db,
    running.map(({ id }) => id),
  );
  const pairs = running.flatMap((now) => {
    const before = previous.get(now.id);
    return before === undefined ? [] : [{ now, before, ...deployedSpan(before, now) }];
  });
  const spans = pairs.map(({ now: { repository, generation, branch, source_path: path }, after, upTo }) => {
    return { repository, generation, branch, after, upTo, path };
  });
  const found = await changesBetween(db, spans, mostChanges);
  return new Map(
    pairs.map(({ now, before, direction }, index) => {
      const { rows = [], total = 0 } = found[index] ?? {};
      const items = rows.map(({ revision, author, message, committed_at }) => {
        return { revision, author, message, committedAt: iso(committed_at) };
      });
      return [now.target, { since: deploymentView(before), direction, items, total }];
    }),
  );
}
