import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../config/config-reading.ts';
import { namedRepository } from '../../config/named-repository.ts';
import type { ServerConfig } from '../../config/server-config.ts';
import { turnTexts } from '../../domain/branch-events.ts';
import type { Decision, FilterVerdict } from '../../domain/decision.ts';
import { decideDry, type Happening } from '../../domain/dry-run.ts';
import { type Problem, renderProblem } from '../../domain/problem.ts';
import { type ToldHappening, toldHappenings } from '../../domain/told-happenings.ts';
import type { FetchedFiles } from '../../wiring/pinned-files.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { printJson } from '../context.ts';
import { filterLines } from '../explanation.ts';
import { pinnedFilesHere, readConfigHere } from '../pinned-files-here.ts';
import { readPipelineFile, readTextFile } from '../pipeline-files.ts';
import { requestText } from '../run-text.ts';
import { oneLine } from '../safe-text.ts';
import type { Terminal } from '../terminal.ts';

export interface ExplainFileOptions {
  file: string;
  /** The folder of the pipeline files. */
  pipelines: string;
  config?: string;
  /** What the webhook's header names: `push`, `pull_request`. */
  event?: string;
  json?: boolean;
}

/**
 * Says which pipelines a webhook's payload, or a stored event, would make run, and why the others not. No server is asked, and no
 * repository: which files a commit changed is what the payload tells of it; where it does not, every filter of paths passes.
 * @throws CliError when files cannot be read or have mistakes
 */
export async function explainFile(
  { terminal, environment }: { terminal: Terminal; environment: Environment },
  options: ExplainFileOptions,
): Promise<void> {
  const told = toldHappenings(await readPayload(options.file), options.event ?? null);
  if (told === null) {
    throw new CliError(
      exitCodes.wrongUse,
      `${options.file} is no event of a Git server, nor one of Trunkline.`,
      { hint: whatToGive },
    );
  }
  const config = options.config === undefined ? null : await readConfig(options.config, environment);
  await using here = await pinnedFilesHere(config?.config ?? null);
  const { found, problems } = await readFolder(options.pipelines, here.pinned);
  const all = [...(config?.problems ?? []), ...problems];
  const explained = told.map((one) =>
    explain(one, { found, repositories: config?.config?.repositories ?? null }),
  );
  if (options.json) printJson(terminal, { events: explained, problems: all });
  else print(terminal, explained, all);
  if (all.length > 0) throw new CliError(exitCodes.userFailure);
}

const whatToGive =
  "Give what GitLab, GitHub, Gitea or Forgejo has sent, or what 'trunkline explain EVENT --json' prints.";

async function readPayload(file: string): Promise<unknown> {
  const text = await readTextFile(file);
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new CliError(exitCodes.wrongUse, `${file} is no JSON.`, { cause, hint: whatToGive });
  }
}

type Repositories = ServerConfig['repositories'];

async function readConfig(
  file: string,
  environment: Environment,
): Promise<{ config: ServerConfig | null; problems: Problem[] }> {
  const read = await readConfigHere(file, environment);
  return 'problems' in read ? { config: null, problems: read.problems } : { ...read, problems: [] };
}

interface FoundPipeline {
  file: string;
  pipeline: Parameters<typeof decideDry>[0];
}

async function readFolder(
  folder: string,
  pinned: FetchedFiles | null,
): Promise<{ found: FoundPipeline[]; problems: Problem[] }> {
  const files = (await Array.fromAsync(glob(join(folder, '*.{yaml,yml}')))).sort();
  if (files.length === 0) {
    throw new CliError(exitCodes.wrongUse, `There are no pipelines in ${folder}.`, {
      hint: 'Name their folder: trunkline explain --file payload.json --pipelines FOLDER',
    });
  }
  const read = await Promise.all(
    files.map(async (file) => ({ file, parsed: await readPipelineFile(file, pinned) })),
  );
  return {
    found: read.flatMap(({ file, parsed }) =>
      'problems' in parsed ? [] : [{ file, pipeline: parsed.pipeline }],
    ),
    problems: read.flatMap(({ parsed }) => ('problems' in parsed ? parsed.problems : [])),
  };
}

interface Explained {
  repository: string | null;
  text: string;
  /** Why nothing is decided; null: it is. */
  nothing: string | null;
  pipelines: ({ name: string; file: string } & Decision)[];
}

function explain(
  told: ToldHappening,
  known: { found: FoundPipeline[]; repositories: Repositories | null },
): Explained {
  const place = repositoryOf(told, known.repositories);
  const repository = place?.name ?? null;
  if ('nothing' in told) return { repository, text: told.nothing, nothing: told.nothing, pipelines: [] };
  const pipelines = known.found.map(({ file, pipeline }) => {
    const decision = decideDry(pipeline, told.happening);
    const own = place === null ? [] : [ofRepository(pipeline.source.repository, place)];
    const filters = [...own, ...decision.filters];
    const verdict = filters.every(({ passed }) => passed) ? ('run' as const) : ('skip' as const);
    return { name: pipeline.name, file, ...decision, verdict, filters };
  });
  return { repository, text: textOf(told.happening), nothing: null, pipelines };
}

function ofRepository(expected: string, { name }: { name: string | null }): FilterVerdict {
  const actual = name ?? 'none of the config';
  return { filter: 'repository', expected, actual, passed: expected === name };
}

/** null: nobody can tell which one it is, so that it may be that of any pipeline. */
function repositoryOf(
  { repository }: ToldHappening,
  known: Repositories | null,
): { name: string | null } | null {
  if (repository === null) return null;
  if ('name' in repository) return repository;
  if (known === null) return null;
  const git = Object.values(known).filter(({ kind }) => kind === 'git');
  return { name: namedRepository(repository.urls, git)?.name ?? null };
}

function textOf(happening: Happening): string {
  if (happening.kind === 'merge-request') return requestText(happening.request);
  if (happening.kind === 'gitlab-pipeline')
    return `pipeline ${happening.gitlab.id} of GitLab on ${happening.branch}: ${happening.gitlab.status}`;
  if (happening.kind !== 'commit') return happening.kind;
  const { branch, happened, tag, isMovedTag, paths, message } = happening;
  const turns = happened === undefined ? [] : turnTexts({ ...happening, happened });
  const what = tag === undefined ? `branch ${branch}` : `tag ${tag}`;
  if (happened !== undefined || isMovedTag) return [`${what} ${happened ?? 'moved'}`, ...turns].join(', ');
  const files =
    paths.length === 0 ? 'paths unknown' : paths.length === 1 ? '1 path' : `${paths.length} paths`;
  return [`commit to ${branch}, ${files}`, oneLine(message)].filter(Boolean).join(': ');
}

function print(terminal: Terminal, explained: Explained[], problems: Problem[]): void {
  const { paint } = terminal;
  const color = paint('red', '') !== '';
  for (const problem of problems) terminal.print(`${renderProblem(problem, { color })}\n\n`);
  for (const one of explained) {
    const place = one.repository === null ? '' : `${one.repository}: `;
    terminal.print(`${paint('bold', oneLine(`${place}${one.text}`))}\n`);
    if (one.nothing === null) printPipelines(terminal, one.pipelines);
  }
}

function printPipelines(terminal: Terminal, pipelines: Explained['pipelines']): void {
  const { paint } = terminal;
  for (const { name, verdict, filters } of pipelines) {
    const word = verdict === 'run' ? paint('green', 'would run') : paint('yellow', 'would not run');
    terminal.print(`\n${[`${paint('bold', name)} ${word}`, ...filterLines(terminal, filters)].join('\n')}\n`);
  }
  const running = pipelines.filter(({ verdict }) => verdict === 'run').length;
  const all = pipelines.length === 1 ? '1 pipeline' : `${pipelines.length} pipelines`;
  terminal.print(`\n${running} of ${all} would run.\n`);
}
