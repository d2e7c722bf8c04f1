import type { StepResult } from '../step-handler.ts';
import { type Deployment, end } from './deployment.ts';
import { withdrawNew } from './withdraw-new.ts';

/** Ends a deployment whose new version was not good enough to take over: it goes, and the old one was never touched. */
export async function withdraw(deployment: Deployment): Promise<StepResult> {
  const { failure, colours, workloads = [] } = deployment.journal;
  if (failure === undefined) throw new TypeError('it is withdrawn for a failure');
  const names = workloads.map(({ name }) => name).join(', ');
  if (colours !== undefined) await withdrawNew(deployment);
  const what = colours === undefined ? 'the canary' : colours.to;
  const text = `${what} was removed, the old version of ${names} was not touched`;
  return end(deployment, { outcome: failure.outcome, reason: `${failure.reason}; ${text}` });
}
