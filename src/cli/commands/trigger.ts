import { revisionLabel } from '../../domain/revision-label.ts';
import { answers } from '../answers.ts';
import { type CliContext, keyHeader, printJson, readAnswer } from '../context.ts';
import { followRun, reportEnd } from '../follow-run.ts';
import { nameOf } from '../run-text.ts';

export interface TriggerOptions {
  branch?: string;
  revision?: string;
  param?: Record<string, string>;
  idempotencyKey?: string;
  follow?: boolean;
  json?: boolean;
}

/** Asks for a run; with `follow`, stays until it has ended. */
export async function trigger(context: CliContext, pipeline: string, options: TriggerOptions): Promise<void> {
  const { branch, revision, param, idempotencyKey } = options;
  const body = { branch, revision, parameters: param };
  const path = `/api/v1/pipelines/${encodeURIComponent(pipeline)}/runs`;
  const answer = await context.api.post(path, body, keyHeader(idempotencyKey));
  await showRequested(context, answer, options);
}

/** Shows a run that was just made, and its way to the end when asked to. */
export async function showRequested(
  context: CliContext,
  answer: unknown,
  options: { follow?: boolean; json?: boolean },
): Promise<void> {
  const { terminal } = context;
  const run = readAnswer(answers.runSummary, answer);
  if (options.json && !options.follow) return printJson(terminal, answer);
  const say = options.json ? terminal.note : terminal.print;
  say(`${nameOf(run)} is queued: ${run.branch} at ${revisionLabel(run.revision)}\n`);
  if (!options.follow) return;
  const quiet = { ...context, terminal: { ...terminal, print: terminal.note, isLive: false } };
  const ended = await followRun(options.json ? quiet : context, run.id);
  if (options.json) printJson(terminal, await context.api.get(`/api/v1/runs/${run.id}`));
  reportEnd(options.json ? quiet.terminal : terminal, ended);
}
