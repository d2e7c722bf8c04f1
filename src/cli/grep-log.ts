import { answers, type LogHit, type LogHits } from './answers.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type CliContext, printJson, readAnswer, runPath } from './context.ts';

export interface GrepWish {
  text: string;
  step?: string;
  json?: boolean;
}

/**
 * Prints the lines of a run's log that hold a text, page after page.
 * @throws CliError with the exit code of a failure when there are none, so that scripts can ask
 */
export async function grepLog(context: CliContext, reference: string, wish: GrepWish): Promise<void> {
  const { terminal } = context;
  if (wish.text === '') throw new CliError(exitCodes.wrongUse, '--grep takes the text that the lines hold.');
  const all: LogHit[] = [];
  let count = 0;
  for await (const hits of pagesOf(context, reference, wish)) {
    count += hits.length;
    if (wish.json) all.push(...hits);
    else for (const { line, step, text } of hits) terminal.print(`${numbered(line, step)} ${text}\n`);
  }
  if (wish.json) printJson(terminal, { items: all });
  if (count === 0) throw nothingFound(reference, wish);

  function numbered(line: number, step: string): string {
    const of = wish.step === undefined ? ` ${terminal.paint('cyan', step)}` : '';
    return `${terminal.paint('dim', String(line))}${of} ${terminal.paint('dim', '│')}`;
  }
}

async function* pagesOf({ api }: CliContext, reference: string, { text, step }: GrepWish) {
  const path = `${runPath(reference)}/log/search`;
  for (let after: number | null = 0; after !== null; ) {
    const answer: unknown = await api.get(path, { text, step, after: String(after) });
    const page: LogHits = readAnswer(answers.logHits, answer);
    yield page.items;
    after = page.next;
  }
}

function nothingFound(reference: string, { text, step, json }: GrepWish): CliError {
  const where = step === undefined ? `the log of ${reference}` : `the log of step ${step} of ${reference}`;
  return new CliError(exitCodes.userFailure, json ? '' : `No line of ${where} holds "${text}".`);
}
