import { setTimeout as delay } from 'node:timers/promises';
import { CliError, exitCodes } from '../cli-error.ts';
import { type CliContext, printJson, readAnswer } from '../context.ts';
import { dnsText } from '../dns-text.ts';
import { type Dns, operationAnswers } from '../operation-answers.ts';
import { oneLine } from '../safe-text.ts';

const askEveryMs = 1_000;
/** Longer than the longest `dns.watch`. */
const patienceMs = 12 * 60_000;

/** Prints how a cluster's DNS differs from the config; with `apply`, writes that and waits for what comes of it. */
export async function dns(
  context: CliContext,
  name: string,
  options: { apply?: boolean; json?: boolean },
): Promise<void> {
  const { terminal, api } = context;
  const path = `/api/v1/environments/${encodeURIComponent(name)}/dns`;
  const first = readAnswer(operationAnswers.dns, options.apply ? await api.post(path) : await api.get(path));
  const isWritten = options.apply === true;
  if (!options.json) terminal.print(dnsText(first, { isWritten }));
  const last = isWritten ? await settled(context, path, first) : first;
  if (options.json) printJson(terminal, { ...last, changes: first.changes });
  else if (isWritten && last.last !== null && first.last?.state === 'trying')
    terminal.print(verdict(last.last));
  if (isWritten && last.last?.state === 'restored' && first.last?.state === 'trying')
    throw new CliError(exitCodes.userFailure);
}

function verdict({ state, text }: NonNullable<Dns['last']>): string {
  return state === 'restored' ? `Put back as it was: ${oneLine(text)}.\n` : `Kept: ${oneLine(text)}.\n`;
}

async function settled({ api }: CliContext, path: string, first: Dns): Promise<Dns> {
  let answer = first;
  for (const end = Date.now() + patienceMs; answer.last?.state === 'trying'; await delay(askEveryMs)) {
    if (Date.now() > end)
      throw new CliError(exitCodes.ourFault, 'Nobody has told what came of it.', {
        hint: 'Did the server stop meanwhile? The same command takes it up again.',
      });
    answer = readAnswer(operationAnswers.dns, await api.get(path));
  }
  return answer;
}
