import type { StepResult } from '../step-handler.ts';
import { type Deployment, end } from './deployment.ts';

/** Ends a deployment whose canary was not good enough: it goes, and the stable version was never touched. */
export async function withdraw(deployment: Deployment): Promise<StepResult> {
  const { failure, workloads = [] } = deployment.journal;
  if (failure === undefined) throw new TypeError('a canary is withdrawn for a failure');
  const names = workloads.map(({ name }) => name).join(', ');
  const text = `the canary was removed, ${names} was not touched`;
  return end(deployment, { outcome: failure.outcome, reason: `${failure.reason}; ${text}` });
}
