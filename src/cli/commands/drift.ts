import { setTimeout as delay } from 'node:timers/promises';
import { CliError, exitCodes } from '../cli-error.ts';
import { type CliContext, printJson, readAnswer } from '../context.ts';
import { driftText } from '../drift-text.ts';
import { operationAnswers } from '../operation-answers.ts';

const askEveryMs = 1_000;
const patienceMs = 120_000;

/** Prints what in an environment is no longer as it was deployed; with `look`, as it is now. */
export async function drift(
  context: CliContext,
  name: string,
  options: { look?: boolean; json?: boolean },
): Promise<void> {
  const { terminal } = context;
  const path = `/api/v1/environments/${encodeURIComponent(name)}/drift`;
  const answer = options.look ? await look(context, path) : await context.api.get(path);
  if (options.json) return printJson(terminal, answer);
  terminal.print(driftText(readAnswer(operationAnswers.drift, answer), new Date()));
}

async function look({ api }: CliContext, path: string): Promise<unknown> {
  await api.post(path);
  for (const end = Date.now() + patienceMs; Date.now() < end; await delay(askEveryMs)) {
    const answer = await api.get(path);
    if (readAnswer(operationAnswers.drift, answer).wantedAt === null) return answer;
  }
  throw new CliError(exitCodes.ourFault, `No worker has looked within ${patienceMs / 1000} s.`, {
    hint: 'Is one running? "trunkline workers" lists them.',
  });
}
