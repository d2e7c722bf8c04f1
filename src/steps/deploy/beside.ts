import type { ProgressHooks, RolloutVerdict } from '../../clusters/cluster.ts';
import type { Deployment } from './deployment.ts';
import type { DeployFailure } from './journal.ts';
import type { Stopped } from './watch-until-stopped.ts';

/** A refusal of what would stand beside the old version. */
export function refused(
  { context }: Deployment,
  { refusal, details }: { refusal: string; details?: string[] },
): DeployFailure {
  for (const line of details ?? []) context.log.line(line);
  return { outcome: 'failed', reason: refusal, diagnosis: null };
}

/** Why what stands beside the old version is not to take over; undefined: it may. */
export function failureOf(verdict: RolloutVerdict | Stopped): DeployFailure | undefined {
  if ('stopped' in verdict) {
    return { outcome: 'cancelled', reason: `cancelled by ${verdict.stopped.by}`, diagnosis: null };
  }
  if (verdict.outcome === 'succeeded') return undefined;
  if ('diagnosis' in verdict) {
    const { outcome, diagnosis } = verdict;
    return { outcome, reason: diagnosis.headline, diagnosis };
  }
  return { outcome: 'failed', reason: verdict.cause, diagnosis: null };
}

/** Hooks that say what they are about. */
export function titled({ onProgress, onReport }: ProgressHooks, title: string): ProgressHooks {
  return {
    onProgress: (line) => onProgress(`${title}: ${line}`),
    onReport: (report) => onReport({ ...report, text: `${title}: ${report.text}` }),
  };
}
