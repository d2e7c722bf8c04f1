import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkApprovals } from '../../config/check-approvals.ts';
import type { KnownNames } from '../../config/check-pipeline.ts';
import { namesAndKinds } from '../../config/check-source-kind.ts';
import type { Environment } from '../../config/config-reading.ts';
import { loadServerConfig } from '../../config/load-server-config.ts';
import type { ServerConfig } from '../../config/server-config.ts';
import { orderProblem, triggerProblems } from '../../domain/pipeline-order.ts';
import { type Problem, renderProblem, withFurtherProblems } from '../../domain/problem.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { printJson } from '../context.ts';
import { joinFileHere } from '../join-tree-file.ts';
import { pinnedFilesHere } from '../pinned-files-here.ts';
import { pipelineFilesHere, readFileToLint } from '../pipeline-files.ts';
import type { Terminal } from '../terminal.ts';

export interface LintOptions {
  /** A `trunkline.yaml` whose names the pipelines must know. */
  config?: string;
  /** A checkout, for pipelines whose steps are in the repository. */
  dir?: string;
  json?: boolean;
}

/**
 * Checks pipeline files without any server; no files named: all that a server started here would read.
 * @throws CliError when there are problems
 */
export async function lint(
  { terminal, environment }: { terminal: Terminal; environment: Environment },
  named: string[],
  options: LintOptions,
): Promise<void> {
  const { files, configFile } =
    named.length > 0 ? { files: named, configFile: options.config } : await found(options);
  const {
    problems: ofConfig,
    missing,
    ...config
  } = configFile === undefined ? noConfig : await readConfig(configFile, environment);
  const problems = ofConfig.concat(
    await problemsIn(files, config, { areAll: named.length === 0, dir: resolve(options.dir ?? '.') }),
  );
  if (options.json) printJson(terminal, { files, problems, missing });
  else {
    for (const { file, line, column, message } of missing)
      terminal.print(`${file}:${line}:${column}: ${message} on this machine: the server needs it\n\n`);
    printProblems(terminal, [...files, ...(configFile === undefined ? [] : [configFile])], problems);
  }
  if (problems.length > 0) throw new CliError(exitCodes.userFailure);
}

interface Found {
  files: string[];
  configFile: string | undefined;
}

/** What a server that is started in this folder reads. */
async function found(options: LintOptions): Promise<Found> {
  const files = await pipelineFilesHere();
  const configFile = options.config ?? (existsSync('trunkline.yaml') ? 'trunkline.yaml' : undefined);
  if (files.length > 0 || configFile !== undefined) return { files, configFile };
  throw new CliError(exitCodes.wrongUse, 'Here is neither a pipeline in pipelines/ nor a trunkline.yaml.', {
    hint: 'Name the files: trunkline lint FILE...',
  });
}

/** null: not known. `config` is there when nothing is wrong with it, `names` also where something is. */
interface ReadConfig {
  names: KnownNames | null;
  config: ServerConfig | null;
  problems: Problem[];
  /** What the server's machine has to have and this one has not; no mistake of the files. */
  missing: Problem[];
}

const noConfig: ReadConfig = { names: null, config: null, problems: [], missing: [] };

async function readConfig(file: string, environment: Environment): Promise<ReadConfig> {
  const loaded = await loadServerConfig({ flags: { config: file }, environment, cwd: process.cwd() });
  if ('config' in loaded) return { ...noConfig, names: loaded.config, config: loaded.config };
  const { names, missing } = loaded;
  const problems = loaded.problems.filter((problem) => !missing.includes(problem));
  return { names, config: null, problems, missing };
}

/**
 * @param wish.areAll whether a pipeline that is in none of the files does not exist
 * @param wish.dir where files of a repository are looked for that have the steps of a pipeline
 */
async function problemsIn(
  files: string[],
  { names: config, config: server }: Pick<ReadConfig, 'names' | 'config'>,
  { areAll, dir }: { areAll: boolean; dir: string },
): Promise<Problem[]> {
  await using here = await pinnedFilesHere(server);
  const read = await Promise.all(
    files.map(async (file) => {
      const own = await readFileToLint(file, here.pinned);
      return 'problems' in own ? own : joinFileHere(own, file, dir);
    }),
  );
  const parsed = read.flatMap((one) => ('problems' in one ? [] : one));
  const known = new Map(parsed.map((one) => [one.pipeline.name, one]));
  const isComplete = areAll && parsed.length === read.length;
  return read.flatMap((one) => {
    const names = config === null || one.document === null ? [] : namesAndKinds(one.document, config);
    if ('problems' in one) return withFurtherProblems(one.problems, names);
    const approvals = config === null ? [] : checkApprovals(one, config);
    return withFurtherProblems(
      names,
      [
        ...approvals,
        orderProblem(one, known, isComplete) ?? [],
        ...triggerProblems(one, known, isComplete),
      ].flat(),
    );
  });
}

function printProblems(terminal: Terminal, files: string[], problems: Problem[]): void {
  const color = terminal.paint('red', '') !== '';
  for (const problem of problems) terminal.print(`${renderProblem(problem, { color })}\n\n`);
  terminal.print(`${summary(files, problems.length)}\n`);
}

/** Each problem says which file it is in: one of these, or the server's config. */
function summary(files: string[], problems: number): string {
  if (problems > 0) return problems === 1 ? '1 problem' : `${problems} problems`;
  return files.length === 1 ? `No problems in ${files[0]}` : `No problems in ${files.length} files`;
}
