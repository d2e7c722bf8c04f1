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
  { from, to, workload }: { from: string; to: string; workload: string | undefined },
  options: PromoteOptions,
): Promise<void> {
  const path = `/api/v1/environments/${encodeURIComponent(to)}/promotion`;
  const answer = await context.api.post(path, { from, workload, why: options.why });
  await showRequested(context, answer, options);
}
