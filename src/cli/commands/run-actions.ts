import { answers, type Run } from '../answers.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { type CliContext, keyHeader, printJson, readAnswer, runPath } from '../context.ts';
import { nameOf, paintStatus, statusOf } from '../run-text.ts';
import { showRequested } from './trigger.ts';

export interface CancelOptions {
  rollout?: 'leave' | 'roll-back';
  json?: boolean;
}

/** Cancels a run; asks what becomes of a rollout in progress, where somebody can be asked. */
export async function cancel(context: CliContext, reference: string, options: CancelOptions): Promise<void> {
  const { api, terminal } = context;
  const run = readAnswer(answers.run, await api.get(runPath(reference)));
  const rollout = options.rollout ?? (await chosenRollout(context, run));
  const answer = await api.post(`/api/v1/runs/${run.id}/cancel`, { rollout });
  if (options.json) return printJson(terminal, answer);
  const status = statusOf(readAnswer(answers.runSummary, answer));
  const what = status === 'cancelled' ? paintStatus(terminal, status) : 'is being cancelled';
  terminal.print(`${nameOf(run)} ${what}\n`);
}

interface RepeatOptions {
  reference: string;
  idempotencyKey?: string;
  follow?: boolean;
  json?: boolean;
}

/** Continues a run from its failed steps, or runs its revision again from the start. */
export async function repeat(
  context: CliContext,
  act: 'retry' | 'rerun',
  { reference, idempotencyKey, ...options }: RepeatOptions,
): Promise<void> {
  const path = `${runPath(reference)}/${act}`;
  await showRequested(context, await context.api.post(path, undefined, keyHeader(idempotencyKey)), options);
}

async function chosenRollout(
  { terminal }: CliContext,
  run: Run,
): Promise<NonNullable<CancelOptions['rollout']>> {
  const rollout = run.deployments.find(({ state }) => state === 'active');
  if (rollout === undefined || terminal.ask === null) return 'roll-back';
  const question = `A rollout to ${rollout.environment} is in progress. Roll it back, or leave it as it is? [roll-back/leave] `;
  const answer = (await terminal.ask(question)).toLowerCase();
  if (['', 'r', 'roll-back', 'rollback'].includes(answer)) return 'roll-back';
  if (['l', 'leave'].includes(answer)) return 'leave';
  throw new CliError(exitCodes.wrongUse, `"${answer}" is no answer to that; nothing was cancelled.`, {
    hint: 'Say roll-back or leave, or give --rollout.',
  });
}
