import { resolve } from 'node:path';
import type { Environment } from '../../config/config-reading.ts';
import { type CommitHappening, decideDry, type Happening, settleDry } from '../../domain/dry-run.ts';
import { type GitlabEnd, gitlabEnds } from '../../domain/gitlab-pipeline.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { printJson } from '../context.ts';
import { givenValues } from '../given-values.ts';
import { joinFileHere } from '../join-tree-file.ts';
import { pinnedFilesHere, readConfigHere } from '../pinned-files-here.ts';
import { pipelineFilesHere, readPipelineFile } from '../pipeline-files.ts';
import { type PlannedPipeline, printPlan } from '../plan-text.ts';
import type { Terminal } from '../terminal.ts';

export interface PlanOptions {
  /** A kind of event, with `:NAME` where it is about something; left out: a commit, or with values a request. */
  event?: string;
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

function happeningOf(options: PlanOptions, branch: string): Happening {
  const { event = options.param.length > 0 ? 'request' : 'commit' } = options;
  if (options.param.length > 0 && event !== 'request')
    throw new CliError(exitCodes.wrongUse, 'Only whoever asks for a run gives values to its parameters.', {
      hint: 'Say --event request; in all other runs parameters have their defaults.',
    });
  const { kind = '', name } = /^(?<kind>[a-z-]+)(?::(?<name>.+))?$/.exec(event)?.groups ?? {};
  const happening =
    unnamed.get(event)?.(options, branch) ??
    (name === undefined ? undefined : named.get(kind)?.(options, branch, name));
  if (happening !== undefined) return happening;
  throw new CliError(exitCodes.wrongUse, `There is no event "${event}".`, {
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
