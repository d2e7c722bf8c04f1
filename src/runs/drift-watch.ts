import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Cluster } from '../clusters/cluster.ts';
import type { EnvironmentConfig } from '../config/server-config.ts';
import { Fault } from '../domain/fault.ts';
import { findDrift } from '../steps/deploy/manual-changes.ts';
import { otherCluster } from '../steps/deploy/other-cluster.ts';
import type { Db } from '../store/database.ts';
import { claimDriftReport, type DriftFound, storeDriftReport } from '../store/drift-reports.ts';
import { correctDrift } from './correct-drift.ts';

export interface DriftWatchDeps {
  db: Db;
  environments: readonly EnvironmentConfig[];
  clusterOf(environment: EnvironmentConfig): Cluster;
  mask(text: string): string;
  /** Puts a run that corrects something into the queue. */
  deliverRun(runId: string): Promise<void>;
  logger: Logger;
}

const everyMs = 5_000;
/** One look may take as long; its claim lasts a little longer. */
const lookMs = 60_000;

/**
 * Looks at each environment as often as its config says, and when somebody asks; one worker of many does it. What is to
 * be corrected gets a run.
 */
export function startDriftWatch(deps: DriftWatchDeps): AsyncDisposable {
  const stopping = new AbortController();
  const loop = watchForever(deps, stopping.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await loop;
    },
  };
}

async function watchForever(deps: DriftWatchDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(everyMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await lookAround(deps, signal);
  }
}

/** One round: takes every look that is due. */
export async function lookAround(deps: DriftWatchDeps, signal: AbortSignal): Promise<void> {
  for (const environment of deps.environments) {
    try {
      await lookIfDue(deps, environment, signal);
    } catch (error) {
      if (signal.aborted) return;
      deps.logger.warn({ err: error, environment: environment.name }, 'could not look for drift');
    }
  }
}

async function lookIfDue(
  deps: DriftWatchDeps,
  environment: EnvironmentConfig,
  signal: AbortSignal,
): Promise<void> {
  const { name, driftEveryMs } = environment;
  const claim = { environment: name, everyMs: driftEveryMs, ttlMs: lookMs + 10_000 };
  const takenAt = await claimDriftReport(deps.db, claim);
  if (takenAt === null) return;
  const found = await look(deps, environment, signal);
  await storeDriftReport(deps.db, { environment: name, takenAt, ...found });
  if (!('objects' in found) || found.objects.length === 0) return;
  const objects = found.objects.map(({ object }) => object);
  deps.logger.warn({ environment: name, objects }, 'changed by hand since its last deployment');
  if (environment.driftRules?.mode !== 'correct') return;
  for (const { kind, text, deployId } of await correctDrift(deps, environment, found.objects))
    deps.logger.warn({ environment: name, deployId, text }, `drift: correction ${kind}`);
}

async function look(
  deps: DriftWatchDeps,
  environment: EnvironmentConfig,
  signal: AbortSignal,
): Promise<DriftFound> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(lookMs)]);
  try {
    const setting = { ...deps, environment, cluster: deps.clusterOf(environment) };
    const elsewhere = await otherCluster(setting, limit);
    if (elsewhere !== undefined) return { problem: elsewhere };
    return { objects: await findDrift(setting, { environment: environment.name }, limit) };
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return { problem: `the cluster did not answer within ${lookMs / 1000} s` };
    if (!(error instanceof Fault)) throw error;
    const hint = error.hint === undefined ? '' : `. ${error.hint}`;
    return { problem: deps.mask(`${error.message}${hint}`) };
  }
}
