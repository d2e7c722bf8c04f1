import { Fault } from '../../domain/fault.ts';
import type { AppliedRollout, RolloutVerdict } from '../cluster.ts';
import { diagnoseFailure, type FailedWorkload } from './diagnosis.ts';
import type { EvidenceReader } from './evidence.ts';
import { checkServices, type ServiceCheckDeps } from './service-check.ts';
import type { NewVersion, ServiceJudgement } from './service-rule.ts';

export interface ServiceGateDeps extends ServiceCheckDeps {
  evidence: EvidenceReader;
}

/** Versions whose rollout is over, and well; the last look at them. */
export interface Arrived {
  rollout: AppliedRollout;
  versions: (NewVersion & { uid: string })[];
  /** Nothing has changed for longer than is borne. */
  isIdle: boolean;
}

/**
 * The last gate of a rollout: its Services must lead to the new pods. Not of a restored one: it stands again as it
 * stood, whatever led to it then.
 * @returns the verdict, or what it still waits for
 */
export async function passServices(
  deps: ServiceGateDeps,
  { verdict, ...arrived }: Arrived & { verdict: Extract<RolloutVerdict, { outcome: 'succeeded' }> },
  signal: AbortSignal,
): Promise<RolloutVerdict | { waitsFor: string }> {
  const services = await lookAt(deps, arrived, signal);
  if (services.state === 'served') return { ...verdict, notes: [...verdict.notes, ...services.notes] };
  if (services.state === 'waiting' && !arrived.isIdle) return { waitsFor: services.text };
  const diagnosis = await diagnoseFailure(deps.evidence, [failureOf(services, arrived)], signal);
  return { outcome: services.state === 'failed' ? 'failed' : 'timed-out', diagnosis };
}

/** Why a rollout is not over although its workloads are healthy; undefined when its Services do not hold it up. */
export async function unservedOf(
  deps: ServiceGateDeps,
  arrived: Arrived,
  signal: AbortSignal,
): Promise<FailedWorkload | undefined> {
  const services = await lookAt(deps, arrived, signal);
  return services.state === 'served' ? undefined : failureOf(services, arrived);
}

async function lookAt(
  deps: ServiceGateDeps,
  { rollout, versions }: Arrived,
  signal: AbortSignal,
): Promise<ServiceJudgement> {
  if (rollout.replaces !== null) return { state: 'served', notes: [] };
  const deployIds = rollout.workloads.map(({ deployId }) => deployId);
  try {
    return await checkServices(deps, { versions, deployIds }, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Fault) || error.code !== 'cluster-unreachable') throw error;
    return { state: 'waiting', text: `the Services cannot be looked at: ${error.message}` };
  }
}

function failureOf(
  services: Exclude<ServiceJudgement, { state: 'served' }>,
  { versions, rollout: { appliedAt } }: Arrived,
): FailedWorkload {
  const [{ name, uid } = { name: '', uid: '' }] = versions;
  const trouble = {
    class: 'not-served' as const,
    container: null,
    message: services.text,
    hint: 'hint' in services ? services.hint : null,
    toleranceMs: 0,
  };
  const troubles = [{ trouble, pods: [] }];
  return { name, uid, appliedAt, troubles, newPods: 0, text: services.text, limit: null };
}
