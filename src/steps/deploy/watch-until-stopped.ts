import type { AppliedRollout, Diagnosis, RolloutVerdict, WatchOptions } from '../../clusters/cluster.ts';
import { stopReasonOf } from '../../domain/stop-reason.ts';
import type { Deployment } from './deployment.ts';
import { podLines } from './pod-lines.ts';

export type Stopped = { stopped: { by: string; rollout: 'leave' | 'roll-back' } };

/**
 * Watches, and says so where somebody stopped it; one that ran out of time is diagnosed. `until` ends the watch, with
 * the verdict as its reason.
 */
export async function watchUntilStopped(
  deployment: Deployment,
  applied: AppliedRollout,
  { until, ...options }: WatchOptions & { until?: AbortSignal },
): Promise<RolloutVerdict | Stopped> {
  const { cluster, context } = deployment;
  const signal = until === undefined ? context.signal : AbortSignal.any([context.signal, until]);
  const lines = podLines(deployment);
  try {
    return await cluster.watch(applied, { ...options, ...(lines && { logs: lines.wish }) }, signal);
  } catch (error) {
    if (until?.aborted && !context.signal.aborted) return until.reason as RolloutVerdict;
    const stop = await stopOf(deployment, applied);
    if (stop === undefined) throw error;
    return stop;
  } finally {
    await lines?.close();
  }
}

/** How a watch ended that was aborted; undefined: it was not, or another worker goes on. */
export async function stopOf(
  { cluster, context }: Deployment,
  applied: AppliedRollout,
): Promise<RolloutVerdict | Stopped | undefined> {
  if (!context.signal.aborted) return undefined;
  const stop = stopReasonOf(context.signal);
  if (stop.kind === 'cancelled') return { stopped: stop };
  if (stop.kind !== 'timed-out') return undefined;
  const limit = AbortSignal.timeout(diagnosisMs);
  const diagnosis = await cluster.diagnose(applied, limit).catch((error: unknown): Diagnosis => {
    if (!limit.aborted) throw error;
    return { headline: 'the cluster does not answer', causes: [] };
  });
  const headline = `not done within ${stop.afterMs / 1000} s: ${diagnosis.headline}`;
  return { outcome: 'timed-out', diagnosis: { ...diagnosis, headline } };
}

const diagnosisMs = 30_000;
