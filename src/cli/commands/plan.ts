import { resolve } from 'node:path';
import type { Environment } from '../../config/config-reading.ts';
import type { Decision } from '../../domain/decision.ts';
import { type CommitHappening, decideDry, type Happening, settleDry } from '../../domain/dry-run.ts';
import { type GitlabEnd, gitlabEnds } from '../../domain/gitlab-pipeline.ts';
import { readValue, takenText } from '../../domain/parameters.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { type Problem, renderProblem } from '../../domain/problem.ts';
import { suggest } from '../../domain/suggestion.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { printJson } from '../context.ts';
import { filterLines } from '../explanation.ts';
import { joinFileHere } from '../join-tree-file.ts';
import { pinnedFilesHere, readConfigHere } from '../pinned-files-here.ts';
import { pipelineFilesHere, readPipelineFile } from '../pipeline-files.ts';
import { oneLine } from '../safe-text.ts';
import { stepDrawing } from '../step-drawing.ts';
import type { Terminal } from '../terminal.ts';

export interface PlanOptions {
  /** A kind of event, with `:NAME` where it is about something. */
  event: string;
  branch?: string;
  path: string[];
  author?: string;
  message: string;
  param: string[];
  /** A checkout, for pipelines whose steps are in the repository. */
  dir?: string;
  /** Of the other pipeline's run. */
  failed?: boolean;
  /** A `trunkline.yaml` that says where the repositories are that pipelines include files of. */
  config?: string;
  json?: boolean;
}

interface PlannedPipeline {
  file: string;
  pipeline: Pipeline;
  decision: Decision;
  /** Pipelines that run after this one, once it has succeeded. */
  startsNext: string[];
  /** Whether its file was named: its steps are drawn then in any case. */
  isNamed: boolean;
}

export interface PlanTools {
  terminal: Terminal;
  environment: Environment;
  branchHere(): Promise<string | null>;
}

/**
 * Says which pipelines would run for something that might happen, and why the others would not: no server is asked.
 * @throws CliError when files have mistakes
 */
export async function plan(
  { terminal, environment, branchHere }: PlanTools,
  named: string[],
  options: PlanOptions,
): Promise<void> {
  const files = named.length > 0 ? named : await pipelineFilesHere();
  if (files.length === 0) {
    throw new CliError(exitCodes.wrongUse, 'Here are no pipelines in pipelines/.', {
      hint: 'Name the files: trunkline plan FILE...',
    });
  }
  const branch = options.branch ?? (await branchHere()) ?? 'trunk';
  const happening = happeningOf(options, branch);
  const config = await readConfigHere(options.config, environment);
  await using here = await pinnedFilesHere('config' in config ? config.config : null);
  const read = await Promise.all(
    files.map(async (file) => {
      const own = await readPipelineFile(file, here.pinned);
      const dir = resolve(options.dir ?? '.');
      return { file, parsed: 'problems' in own ? own : await joinFileHere(own, file, dir) };
    }),
  );
  const problems = [
    ...('problems' in config ? config.problems : []),
    ...read.flatMap(({ parsed }) => ('problems' in parsed ? parsed.problems : [])),
  ];
  const found = read.flatMap(({ file, parsed }) =>
    'problems' in parsed ? [] : [{ file, pipeline: parsed.pipeline }],
  );
  const given = givenValues(options.param, found);
  const planned = found.map((one) => ({
    ...one,
    pipeline: settleDry(one.pipeline, happening, { branch, given }),
    decision: decideDry(one.pipeline, happening),
    startsNext: after(one.pipeline.name, branch, found),
    isNamed: named.length > 0,
  }));
  if (options.json) printJson(terminal, { event: happening, pipelines: planned.map(asJson), problems });
  else printPlan(terminal, { happening, branch, planned, problems });
  if (problems.length > 0) throw new CliError(exitCodes.userFailure);
}

/** What each pipeline takes of them, it gets. @throws CliError for what none takes */
function givenValues(
  given: readonly string[],
  found: readonly { pipeline: Pipeline }[],
): Record<string, string> {
  const declared = found.flatMap(({ pipeline: { name, parameters = [] } }) =>
    parameters.map((parameter) => ({ name, parameter })),
  );
  const values = given.map((text): [string, string] => {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === '')
      throw new CliError(exitCodes.wrongUse, `--param takes name=value, not "${oneLine(text)}".`);
    const takers = declared.filter(({ parameter }) => parameter.name === name);
    const hint = suggest(name, [...new Set(declared.map(({ parameter }) => parameter.name))]);
    if (takers.length === 0)
      throw new CliError(exitCodes.wrongUse, `No pipeline here has a parameter ${oneLine(name)}.`, { hint });
    const refuser = takers.find(({ parameter }) => readValue(parameter, value) === null);
    if (refuser === undefined) return [name, value];
    throw new CliError(exitCodes.wrongUse, `${refuser.name} takes no ${name}=${oneLine(value)}.`, {
      hint: `${name}: ${takenText(refuser.parameter)}`,
    });
  });
  return Object.fromEntries(values);
}

function happeningOf(options: PlanOptions, branch: string): Happening {
  const { kind = '', name } = /^(?<kind>[a-z-]+)(?::(?<name>.+))?$/.exec(options.event)?.groups ?? {};
  const happening =
    unnamed.get(options.event)?.(options, branch) ??
    (name === undefined ? undefined : named.get(kind)?.(options, branch, name));
  if (happening !== undefined) return happening;
  throw new CliError(exitCodes.wrongUse, `There is no event "${options.event}".`, {
    hint: `It is ${eventsText}.`,
  });
}

const eventsText =
  'commit, merge-request:TARGET, gitlab-pipeline[:STATUS], branch-created, branch-deleted, tag:NAME, schedule, request or pipeline:NAME';

const gitlabEndOf =
  (status: GitlabEnd) =>
  ({ message }: PlanOptions, branch: string): Happening => ({
    kind: 'gitlab-pipeline',
    gitlab: { id: 0, status },
    branch,
    message,
  });

const unnamed = new Map<string, (options: PlanOptions, branch: string) => Happening>([
  ['commit', commitOf],
  ['branch-created', (options, branch) => ({ ...commitOf(options, branch), happened: 'created' })],
  ['branch-deleted', (options, branch) => ({ ...commitOf(options, branch), happened: 'deleted' })],
  ['gitlab-pipeline', gitlabEndOf('success')],
  ...gitlabEnds.map((status) => [`gitlab-pipeline:${status}`, gitlabEndOf(status)] as const),
  ['schedule', () => ({ kind: 'schedule' })],
  ['request', () => ({ kind: 'request' })],
]);

const named = new Map<string, (options: PlanOptions, branch: string, name: string) => Happening>([
  ['tag', (options, _branch, tag) => ({ ...commitOf(options, `tags/${tag}`), happened: 'created', tag })],
  [
    'merge-request',
    ({ message }, source, target) => ({
      kind: 'merge-request',
      request: { number: 0, source, target },
      message,
    }),
  ],
  [
    'pipeline',
    ({ failed = false }, branch, name) => ({ kind: 'pipeline', name, branch, isSuccess: !failed }),
  ],
]);

function commitOf({ path, author, message }: PlanOptions, branch: string): CommitHappening {
  const paths = path.map((one) => one.replace(/^(?:\.?\/)+/, ''));
  return { kind: 'commit', branch, paths, author: author ?? null, message };
}

function after(name: string, branch: string, all: readonly { pipeline: Pipeline }[]): string[] {
  const ended: Happening = { kind: 'pipeline', name, branch, isSuccess: true };
  return all
    .filter(({ pipeline }) => decideDry(pipeline, ended).verdict === 'run')
    .map(({ pipeline }) => pipeline.name);
}

function asJson({ file, pipeline, decision, startsNext }: PlannedPipeline) {
  const { name, steps } = pipeline;
  return { name, file, ...decision, startsNext, steps };
}

interface Plan {
  happening: Happening;
  branch: string;
  planned: PlannedPipeline[];
  problems: Problem[];
}

function printPlan(terminal: Terminal, { happening, branch, planned, problems }: Plan): void {
  const color = terminal.paint('red', '') !== '';
  for (const problem of problems) terminal.print(`${renderProblem(problem, { color })}\n\n`);
  terminal.print(`${eventText(happening, branch)}\n`);
  for (const one of planned) terminal.print(`\n${pipelineLines(terminal, one).join('\n')}\n`);
  const running = planned.filter(({ decision }) => decision.verdict === 'run').length;
  terminal.print(
    `\n${running} of ${planned.length === 1 ? '1 pipeline' : `${planned.length} pipelines`} would run.\n`,
  );
}

function pipelineLines(terminal: Terminal, planned: PlannedPipeline): string[] {
  const { pipeline, decision, startsNext, isNamed } = planned;
  const { paint } = terminal;
  const verdict = decision.verdict === 'run' ? paint('green', 'would run') : paint('yellow', 'would not run');
  const lines = [`${paint('bold', pipeline.name)} ${verdict}`, ...filterLines(terminal, decision.filters)];
  const isSkipped = decision.verdict === 'skip';
  if (isSkipped && !isNamed) return lines;
  const drawing = stepLines(terminal, pipeline);
  if (isSkipped) return [...lines, '    its steps:', ...drawing];
  const next = startsNext.map((name) => `    then, when it has succeeded: ${name}`);
  return [...lines, ...drawing, ...next];
}

function stepLines(terminal: Terminal, { file, steps, source }: Pipeline): string[] {
  if (file === undefined || steps.length > 0)
    return stepDrawing(terminal, steps).map((line) => `    ${line}`);
  const path = [source.path, file.path].filter(Boolean).join('/');
  return [`    its steps are in ${path} of ${source.repository}: name a checkout of it, --dir FOLDER`];
}

function eventText(happening: Happening, branch: string): string {
  switch (happening.kind) {
    case 'commit':
      return commitText(happening);
    case 'merge-request':
      return `A commit of a merge request from ${branch} into ${happening.request.target}`;
    case 'gitlab-pipeline':
      return `A pipeline of GitLab on ${branch} that has ended: ${happening.gitlab.status}`;
    case 'schedule':
      return 'A time of a schedule';
    case 'request':
      return 'A request (trunkline trigger, or the page)';
    case 'pipeline':
      return `A run of ${happening.name} on ${branch} that has ${happening.isSuccess ? 'succeeded' : 'failed'}`;
  }
}

function commitText({ branch, paths, happened, tag }: CommitHappening): string {
  const what = tag === undefined ? `The branch ${branch}` : `The tag ${tag}`;
  if (happened !== undefined) return `${what} is ${happened}`;
  return `A commit to ${branch}: ${paths.length === 0 ? 'whatever it touches' : paths.join(', ')}`;
}
