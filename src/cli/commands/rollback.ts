import { answers } from '../answers.ts';
import { type CliContext, keyHeader, readAnswer, runPath } from '../context.ts';
import { showRequested } from './trigger.ts';

export interface RollbackOptions {
  run?: string;
  why?: string;
  idempotencyKey?: string;
  follow?: boolean;
  json?: boolean;
}

/** Asks for an earlier version of a workload; with `follow`, stays until it is there. */
export async function rollback(
  context: CliContext,
  { environment, workload }: { environment: string; workload: string },
  options: RollbackOptions,
): Promise<void> {
  const run = options.run === undefined ? undefined : await runIdOf(context, options.run);
  const path = `/api/v1/environments/${encodeURIComponent(environment)}/rollback`;
  const body = { workload, run, why: options.why };
  const answer = await context.api.post(path, body, keyHeader(options.idempotencyKey));
  await showRequested(context, answer, options);
}

async function runIdOf({ api }: CliContext, reference: string): Promise<string> {
  return readAnswer(answers.runSummary, await api.get(runPath(reference))).id;
}
