import { answers, type Run, type Step } from '../answers.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { type CliContext, printJson, readAnswer, runPath } from '../context.ts';
import { nameOf } from '../run-text.ts';
import { oneLine } from '../safe-text.ts';

export interface DecideOptions {
  reference: string;
  step?: string | undefined;
  comment?: string;
  json?: boolean;
}

/** Approves or rejects what a run shows at this moment, and nothing that it might have become since. */
export async function decide(
  { api, terminal }: CliContext,
  act: 'approve' | 'reject',
  { reference, step: named, comment, json }: DecideOptions,
): Promise<void> {
  const run = readAnswer(answers.run, await api.get(runPath(reference)));
  const step = named ?? waitingStep(run, act).id;
  const approval = run.steps.find(({ id }) => id === step)?.approval;
  const subject = approval?.subject ?? undefined;
  const path = `/api/v1/runs/${run.id}/steps/${encodeURIComponent(step)}/${act}`;
  const answer = await api.post(path, { comment, subject });
  if (json) return printJson(terminal, answer);
  const isOneOfSeveral =
    act === 'approve' && approval !== undefined && approval !== null && approval.count > 1;
  const count = isOneOfSeveral
    ? countText(readAnswer(answers.run, await api.get(runPath(run.id))), step)
    : '';
  terminal.print(`${nameOf(run)} ${step}: ${act === 'approve' ? `approved${count}` : 'rejected'}\n`);
  for (const image of Object.values(approval?.images ?? {})) terminal.print(`  ${oneLine(image)}\n`);
  for (const line of [...(approval?.changes ?? []), ...(approval?.manualChanges ?? [])])
    terminal.print(`  ${oneLine(line)}\n`);
}

/** How many of the people that are asked for have approved what is shown now. */
function countText(run: Run, step: string): string {
  const approval = run.steps.find(({ id }) => id === step)?.approval;
  if (approval === undefined || approval === null) return '';
  const valid = approval.decisions.filter(({ verdict, isVoid }) => verdict === 'approved' && !isVoid);
  return ` (${valid.length} of ${approval.count})`;
}

/** @throws CliError where none waits, or several do */
function waitingStep(run: Run, act: string): Step {
  const waiting = run.steps.filter(({ kind, state }) => kind === 'approve' && state === 'waiting');
  const [step, ...others] = waiting;
  if (step === undefined) {
    throw new CliError(exitCodes.userFailure, `${nameOf(run)} does not wait for an approval.`, {
      hint: 'Find what does with "trunkline runs --status waiting".',
    });
  }
  if (others.length === 0) return step;
  throw new CliError(exitCodes.wrongUse, `${waiting.length} steps of ${nameOf(run)} wait for an approval.`, {
    hint: `Name one: trunkline ${act} '${nameOf(run)}' ${waiting.map(({ id }) => id).join('|')}`,
  });
}
