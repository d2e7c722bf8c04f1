import type { Cluster } from '../../clusters/cluster.ts';
import type { EnvironmentConfig } from '../../config/server-config.ts';
import { driftLines, type ObjectDrift } from '../../domain/drift.ts';
import { withoutIgnored } from '../../domain/drift-rules.ts';
import { Fault } from '../../domain/fault.ts';
import type { JsonObject } from '../../domain/json.ts';
import { type AppliedSetRow, type AppliedWhere, lastAppliedSets } from '../../store/applied-sets.ts';
import type { Db } from '../../store/database.ts';
import type { Deployment } from './deployment.ts';
import { mapText } from './map-text.ts';

export interface DriftSetting {
  db: Db;
  cluster: Cluster;
  /** Whose `driftRules` say what is not told. */
  environment: Pick<EnvironmentConfig, 'driftRules'>;
  mask(text: string): string;
}

/**
 * What is no longer as the last healthy deployments have applied it. Changes nothing.
 * @throws Fault when the cluster cannot be asked
 */
export async function findDrift(
  { db, cluster, environment, mask }: DriftSetting,
  where: AppliedWhere & { among?: readonly JsonObject[] },
  signal: AbortSignal,
): Promise<ObjectDrift[]> {
  if (cluster.drift === null) return [];
  const sets = await lastAppliedSets(db, where);
  const wanted = where.among === undefined ? sets : sets.map((set) => onlyAmong(set, where.among ?? []));
  if (wanted.every(({ objects }) => objects.length === 0)) return [];
  const found = mapText(await cluster.drift.look(wanted, signal), mask);
  return withoutIgnored(found, environment.driftRules?.ignore ?? []);
}

function onlyAmong(set: AppliedSetRow, among: readonly JsonObject[]): AppliedSetRow {
  const names = new Set(among.map(nameOf));
  return { ...set, objects: set.objects.filter((object) => names.has(nameOf(object))) };
}

function nameOf({ kind, metadata }: JsonObject): string {
  const { name } = (metadata ?? {}) as { name?: string };
  return `${String(kind)}/${name}`;
}

/** Says what people have changed since the last deployment, before it is overwritten. */
export async function showManualChanges(
  { deps, cluster, environment, context }: Deployment,
  plan: { workloads: { target: string }[]; manifests: JsonObject[] },
): Promise<void> {
  const targets = plan.workloads.map(({ target }) => target);
  const setting = { db: deps.db, cluster, environment, mask: deps.mask };
  const lines = await linesOr(context.signal, () =>
    findDrift(setting, { targets, among: plan.manifests }, context.signal),
  );
  for (const line of lines) context.log.line(line);
}

/** What to tell people before they decide; a cluster that cannot be asked is no reason not to go on. */
async function linesOr(signal: AbortSignal, find: () => Promise<ObjectDrift[]>): Promise<string[]> {
  try {
    return manualChangeLines(await find());
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Fault)) throw error;
    return [`whether anything was changed by hand is unknown: ${error.message}`];
  }
}

function manualChangeLines(drifts: ObjectDrift[]): string[] {
  if (drifts.length === 0) return [];
  return ['changed by hand since the last deployment:', ...driftLines(drifts).map((line) => `  ${line}`)];
}

/** What a deploy step of a pipeline would overwrite; lines for people. */
export type ManualChangeReader = (
  step: { environment: string; pipeline: string; stepId: string },
  signal: AbortSignal,
) => Promise<string[]>;

/** The same for a deploy step that is yet to come, and whose manifests may hold anything. */
export function createManualChangeReader(deps: {
  db: Db;
  environments: Readonly<Record<string, EnvironmentConfig>>;
  clusterOf(environment: EnvironmentConfig): Cluster;
  mask(text: string): string;
}): ManualChangeReader {
  return async (where, signal) => {
    const environment = deps.environments[where.environment];
    if (environment === undefined) return [];
    const setting = { ...deps, environment, cluster: deps.clusterOf(environment) };
    return linesOr(signal, () => findDrift(setting, where, signal));
  };
}
