import type { CliContext } from '../context.ts';
import { showRequested } from './trigger.ts';

export interface PromoteOptions {
  why?: string;
  follow?: boolean;
  json?: boolean;
}

/** Asks for what runs in one environment to be deployed to another; with `follow`, stays until it is there. */
export async function promote(
  context: CliContext,
  { from, to, workloads }: { from: string; to: string; workloads: string[] },
  options: PromoteOptions,
): Promise<void> {
  const path = `/api/v1/environments/${encodeURIComponent(to)}/promote`;
  const answer = await context.api.post(path, { from, workloads, why: options.why });
  await showRequested(context, answer, options);
}
