import { answers } from '../answers.ts';
import { type CliContext, printJson, readAnswer, runPath } from '../context.ts';
import { endAs, followRun } from '../follow-run.ts';
import { runPage, runsTable } from '../run-text.ts';

export interface RunsOptions {
  pipeline?: string;
  status?: string;
  branch?: string;
  limit: string;
  json?: boolean;
}

/** Lists the newest runs. */
export async function runs({ api, terminal }: CliContext, options: RunsOptions): Promise<void> {
  const { pipeline, status, branch, limit } = options;
  const answer = await api.get('/api/v1/runs', { pipeline, status, branch, limit });
  if (options.json) return printJson(terminal, answer);
  const { items, next } = readAnswer(answers.runs, answer);
  if (items.length === 0) return terminal.note('No runs.\n');
  terminal.print(runsTable(terminal, items, new Date()));
  if (next !== null) terminal.note(`There are older ones: --limit ${Number(limit) * 2} shows more.\n`);
}

/** Shows one run; with `follow`, until it has ended. */
export async function show(
  context: CliContext,
  reference: string,
  options: { follow?: boolean; json?: boolean },
): Promise<void> {
  const { api, terminal } = context;
  const isFollowed = options.follow === true && !options.json;
  if (isFollowed) await followRun(context, reference);
  const answer = await api.get(runPath(reference));
  if (options.json) return printJson(terminal, answer);
  const run = readAnswer(answers.run, answer);
  terminal.print(runPage(terminal, run, new Date()));
  if (isFollowed) endAs(run);
}
