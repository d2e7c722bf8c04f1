import { join, resolve } from 'node:path';
import { checkPipeline } from '../../config/check-pipeline.ts';
import type { Environment } from '../../config/config-reading.ts';
import { localConfig } from '../../config/local-config.ts';
import { ownCacheFolder } from '../../config/own-cache-folder.ts';
import type { ServerConfig } from '../../config/server-config.ts';
import { localPipeline, parseVariable } from '../../domain/local-pipeline.ts';
import { type ParameterValues, resolveParameters } from '../../domain/parameters.ts';
import type { Pipeline, TriggerKind } from '../../domain/pipeline.ts';
import type { ParsedPipeline } from '../../domain/pipeline-file.ts';
import { type Problem, renderProblem } from '../../domain/problem.ts';
import { suggest } from '../../domain/suggestion.ts';
import type { FolderRunEnd } from '../../wiring/run-folder.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { printJson } from '../context.ts';
import { endAs } from '../follow-run.ts';
import { assertOnce } from '../given-values.ts';
import { joinTreeFile, treeBelow } from '../join-tree-file.ts';
import { pinnedFilesHere, readConfigHere } from '../pinned-files-here.ts';
import { pipelineFilesHere, readPipelineFile, readTextFile } from '../pipeline-files.ts';
import { paintStatus } from '../run-text.ts';
import { oneLine } from '../safe-text.ts';
import { createStepLog } from '../step-log.ts';
import type { Terminal } from '../terminal.ts';
import { durationText } from '../times.ts';

export interface RunOptions {
  dir?: string;
  only?: string;
  env: string[];
  param: string[];
  branch?: string;
  /** For what the conditions of the pipeline take the run. */
  trigger: TriggerKind;
  config?: string;
  push?: boolean;
  deploy?: boolean;
  json?: boolean;
}

interface RunTools {
  terminal: Terminal;
  environment: Environment;
}

/**
 * Runs a pipeline on the files of a folder, on this machine: no server is asked, nothing of it is left but images and caches.
 * @throws CliError when the run does not succeed
 */
export async function run(tools: RunTools, named: string | undefined, options: RunOptions): Promise<void> {
  const { terminal } = tools;
  const file = named ?? (await onlyFileHere());
  // What is wrong with it is told below, once it is clear that the rest fits.
  const server = await readConfigHere(options.config, tools.environment);
  await using here = await pinnedFilesHere('config' in server ? server.config : null);
  const written = await readPipelineFile(file, here.pinned);
  if ('problems' in written) throw refusal(terminal, written.problems);
  const root = resolve(options.dir ?? '.');
  const treeOf = ({ source }: Pipeline) => ({ root, folder: treeIn(root, source.path) });
  const parsed =
    written.pipeline.file === undefined
      ? written
      : await joinTreeFile(written, file, treeOf(written.pipeline));
  if ('problems' in parsed) throw refusal(terminal, parsed.problems);
  const pipeline = chosenPart(parsed, options);
  const config = await configFor(tools, parsed, { file: options.config ?? null, pipeline });
  const source = await readTextFile(file);
  const parameters = givenParameters(pipeline, options.param);
  const end = await execute(terminal, options, {
    pipeline,
    parameters,
    source,
    config,
    folder: treeOf(pipeline).folder,
    cacheFolder: ownCacheFolder(tools.environment),
  });
  if (options.json) printJson(terminal, asJson(pipeline.name, end));
  else terminal.print(endText(terminal, pipeline.name, end));
  endAs(end);
}

interface Prepared {
  pipeline: Pipeline;
  parameters: ParameterValues;
  source: string;
  config: ServerConfig;
  folder: string;
  cacheFolder: string | null;
}

async function execute(
  terminal: Terminal,
  { branch, trigger, push = false, deploy = false, json = false }: RunOptions,
  { pipeline, source, ...prepared }: Prepared,
): Promise<FolderRunEnd> {
  const say = json ? terminal.note : terminal.print;
  say(`${terminal.paint('bold', pipeline.name)}: ${prepared.folder}, as it is now\n`);
  const ids = pipeline.steps.map(({ id }) => id);
  const log = createStepLog(terminal, ids, say);
  const { runFolder } = await import('../../wiring/run-folder.ts');
  const { createMemoryLogger } = await import('../../wiring/logger.ts');
  const { logger, lines } = createMemoryLogger();
  using interrupts = listenForInterrupts(terminal);
  const end = await runFolder({
    pipeline: { name: pipeline.name, source, pipeline },
    ...prepared,
    branch: branch ?? null,
    trigger,
    isPushed: push,
    isDeployed: deploy,
    logger,
    write: log.write,
    signal: interrupts.first,
    stopNow: interrupts.second,
  });
  log.end();
  if (end.outcome === 'errored') for (const line of lines) terminal.note(line);
  return end;
}

/** @throws CliError for what the pipeline does not take */
function givenParameters({ name, parameters = [] }: Pipeline, given: readonly string[]): ParameterValues {
  const values = given.map((text): [string, string] => [
    text.split('=', 1)[0] ?? '',
    text.replace(/^[^=]*=?/, ''),
  ]);
  assertOnce(values.map(([parameter]) => parameter));
  const resolved = resolveParameters(parameters, Object.fromEntries(values));
  if ('values' in resolved) return resolved.values;
  throw new CliError(exitCodes.wrongUse, `${name} cannot run like this: ${resolved.problems.join('; ')}.`, {
    hint: 'Give them with --param name=value.',
  });
}

async function onlyFileHere(): Promise<string> {
  const files = await pipelineFilesHere();
  const [file] = files;
  if (file !== undefined && files.length === 1) return file;
  const what = file === undefined ? 'Here is no pipeline in pipelines/' : 'Here are several pipelines';
  const hint = `Name one: trunkline run ${file ?? 'FILE'}`;
  throw new CliError(exitCodes.wrongUse, `${what}.`, { hint });
}

async function configFor(
  { terminal, environment }: RunTools,
  { document }: ParsedPipeline,
  wish: { file: string | null; pipeline: Pipeline },
): Promise<ServerConfig> {
  const read = await localConfig({ ...wish, environment });
  if ('problems' in read) throw refusal(terminal, read.problems);
  const problems = wish.file === null ? [] : checkPipeline(document, read.config);
  if (problems.length > 0) throw refusal(terminal, problems);
  return read.config;
}

function refusal(terminal: Terminal, problems: readonly Problem[]): CliError {
  const color = terminal.paint('red', '') !== '';
  for (const problem of problems) terminal.note(`${renderProblem(problem, { color })}\n\n`);
  return new CliError(exitCodes.userFailure, 'Nothing was run: the files have mistakes.');
}

/** @throws CliError for options that do not fit the pipeline, or each other */
function chosenPart({ pipeline }: ParsedPipeline, options: RunOptions): Pipeline {
  const { env, config, push, deploy } = options;
  const only = options.only ?? null;
  const ids = pipeline.steps.map(({ id }) => id);
  if (only !== null && !ids.includes(only)) {
    const made = ids.filter((id) => id.startsWith(`${only}-`));
    const hint = made.length > 0 ? `name one of ${made.join(', ')}` : suggest(only, ids);
    throw new CliError(exitCodes.wrongUse, `${pipeline.name} has no step ${only}.`, { hint });
  }
  if (push && config === undefined)
    throw new CliError(exitCodes.wrongUse, '--push needs --config, which names the registries.');
  if (deploy && !push)
    throw new CliError(exitCodes.wrongUse, '--deploy needs --push: a cluster gets images from a registry.');
  if (deploy && pipeline.steps.some(({ kind }) => kind === 'approve'))
    throw new CliError(exitCodes.wrongUse, `${pipeline.name} has approve steps, and nobody is asked here.`, {
      hint: 'Leave --deploy away, or let the server run it: trunkline trigger',
    });
  const variables = env.map((text) => {
    const variable = parseVariable(text);
    if (variable !== null) return [variable.name, variable.value];
    throw new CliError(exitCodes.wrongUse, `--env takes NAME=VALUE, not "${oneLine(text)}".`);
  });
  return localPipeline(pipeline, { only, env: Object.fromEntries(variables) });
}

/** @throws CliError */
function treeIn(folder: string, sourcePath: string): string {
  const tree = treeBelow(folder, sourcePath);
  if (tree !== null) return tree.folder;
  throw new CliError(exitCodes.wrongUse, `There is no folder ${join(folder, sourcePath)}.`, {
    hint: `Name the root of the branch, which holds ${sourcePath || 'it'}: --dir FOLDER`,
  });
}

interface Interrupts extends Disposable {
  first: AbortSignal;
  second: AbortSignal;
}

function listenForInterrupts(terminal: Terminal): Interrupts {
  const [first, second] = [new AbortController(), new AbortController()];
  const listener = () => {
    if (first.signal.aborted) return second.abort();
    terminal.note('Stopping; what runs is ended. Once more to leave out the steps that clean up.\n');
    first.abort(new CliError(exitCodes.userFailure, 'Stopped before anything was run.'));
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, listener);
  return {
    first: first.signal,
    second: second.signal,
    [Symbol.dispose]() {
      for (const name of names) process.off(name, listener);
    },
  };
}

function asJson(pipeline: string, { outcome, reason, branch, revision, steps }: FolderRunEnd) {
  const shown = steps.map((step) => ({
    id: step.id,
    kind: step.kind,
    outcome: step.outcome,
    reason: step.reason,
    startedAt: step.started_at,
    endedAt: step.ended_at,
    output: step.output,
  }));
  return { pipeline, outcome, reason, branch, revision, steps: shown };
}

function endText(terminal: Terminal, name: string, { outcome, reason, steps }: FolderRunEnd): string {
  const width = Math.max(0, ...steps.map(({ id }) => id.length));
  const lines = steps.map((step) => {
    const status = step.outcome ?? step.state;
    const isLeftOut = step.output?.leftOut === true;
    const took = durationText({ startedAt: step.started_at, endedAt: step.ended_at }, new Date());
    const shown = isLeftOut ? terminal.paint('dim', 'left out') : paintStatus(terminal, status);
    return `  ${step.id.padEnd(width)}  ${shown}  ${isLeftOut ? '' : took}  ${oneLine(step.reason ?? '')}`.trimEnd();
  });
  const cause = reason === null ? '' : `: ${oneLine(reason)}`;
  return `\n${lines.join('\n')}\n${terminal.paint('bold', name)} ${paintStatus(terminal, outcome)}${cause}\n`;
}
