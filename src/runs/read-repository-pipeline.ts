import { checkApprovals } from '../config/check-approvals.ts';
import { checkPipeline, type KnownNames } from '../config/check-pipeline.ts';
import { Fault } from '../domain/fault.ts';
import { grantProblems } from '../domain/file-grants.ts';
import { type IncludeAnswer, type IncludeWish, includedFile, includeKey } from '../domain/include.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { ParsedPipeline, UnreadablePipeline } from '../domain/pipeline-file.ts';
import { type Problem, withFurtherProblems } from '../domain/problem.ts';
import { joinRepositoryFile } from '../domain/repository-file.ts';
import { maxYamlBytes, readYaml } from '../domain/yaml-document.ts';
import type { Place, SourceControl } from '../scm/source-control.ts';
import type { RunRow } from '../store/runs.ts';

/** A pipeline with its steps, or what is wrong with the file that should have them. */
export type RepositoryPipeline = { pipeline: Pipeline } | { problems: Problem[] };

/** @throws Fault when the repository cannot be asked */
export type ReadRepositoryPipeline = (run: RunRow, signal: AbortSignal) => Promise<RepositoryPipeline>;

interface Reading {
  run: RunRow;
  source: SourceControl;
  /** Where the file is read: the run's own place, or the newest of the branch that it is to be merged into. */
  place: { branch: string; revision: string };
  signal: AbortSignal;
}

/**
 * Reads the steps of a run's pipeline from the run's own repository: at its revision, or for a merge request on the branch
 * that it is to be merged into, unless the server says that its own branch is trusted.
 */
export function createRepositoryPipelineReader(
  config: KnownNames,
  sourceOf: (repository: string) => SourceControl,
): ReadRepositoryPipeline {
  return async (run, signal) => {
    const definition = run.definition as unknown as Pipeline;
    const source = sourceOf(run.repository);
    const place = await placeOf(run, { definition, source, signal });
    const reading: Reading = { run, source, place, signal };
    const file = [definition.source.path, definition.file?.path ?? '']
      .filter((part) => part !== '')
      .join('/');
    const answer = await readFile(reading, { file, at: null });
    if ('problem' in answer) return { problems: [missing(run, answer)] };
    const parsed = await parse(reading, answer);
    const names = parsed.document === null ? [] : checkPipeline(parsed.document, config);
    if ('problems' in parsed) return { problems: withFurtherProblems(parsed.problems, names) };
    const refused = [...checkApprovals(parsed, config), ...grantProblems(parsed, definition)];
    const problems = withFurtherProblems(names, refused);
    if (problems.length > 0) return { problems };
    const { repository } = run;
    const own = includedFile({ file, at: { repository, revision: place.revision } }, answer.text);
    const files = [own, ...(parsed.pipeline.files ?? [])];
    return { pipeline: { ...parsed.pipeline, ...(definition.file && { file: definition.file }), files } };
  };
}

async function placeOf(
  { branch, revision, told }: RunRow,
  { definition, source, signal }: { definition: Pipeline; source: SourceControl; signal: AbortSignal },
): Promise<Reading['place']> {
  const target = told.request?.target;
  const isOwn = definition.file?.mergeRequests === 'source' && told.request?.isFork !== true;
  if (target === undefined || isOwn || source.kind !== 'git') return { branch, revision };
  const { refs } = await source.refs(signal);
  const tip = refs.get(`refs/heads/${target}`);
  if (tip !== undefined) return { branch: target, revision: tip };
  throw new Fault('scm-gone', `There is no branch ${target} to read the pipeline from`, {
    hint: 'The merge request names it as the branch that it is to be merged into.',
    isRetryable: false,
  });
}

/** Again and again, until all is there that it includes. */
async function parse(
  reading: Reading,
  { name, text }: { name: string; text: string },
): Promise<ParsedPipeline | UnreadablePipeline> {
  const { run } = reading;
  const known = new Map<string, IncludeAnswer>();
  for (;;) {
    const wanted = new Map<string, IncludeWish>();
    const parsed = joinRepositoryFile(
      { text: run.pipeline_source, name: serverName(run) },
      {
        text,
        name,
        read(wish) {
          const answer = known.get(includeKey(wish));
          if (answer === undefined) wanted.set(includeKey(wish), wish);
          return answer ?? { problem: 'it is still to be read' };
        },
      },
    );
    if (wanted.size === 0) return parsed;
    for (const [key, wish] of wanted) known.set(key, await readFile(reading, wish));
  }
}

/** A repository's file may name files of that repository alone: it must not show what others hold. */
async function readFile({ run, source, place, signal }: Reading, wish: IncludeWish): Promise<IncludeAnswer> {
  const { file, at } = wish;
  if (at !== null && at.repository !== run.repository)
    return {
      problem: `a pipeline file in a repository includes files of that repository only, ${run.repository}`,
      hint: "copy it there, or let the server's own pipeline file include it",
    };
  const where: Place = at === null ? { ...place, path: file } : { path: file, revision: at.revision };
  try {
    const text = await source.readFile({ ...where, maxBytes: maxYamlBytes }, signal);
    return { name: at === null ? file : includeKey(wish), text };
  } catch (error) {
    if (!(error instanceof Fault) || !(error.code === 'scm-gone' || error.code === 'scm-broken-tree'))
      throw error;
    return { problem: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
  }
}

/** Told where the server's file names the one that is not there. */
function missing(run: RunRow, { problem, hint }: Extract<IncludeAnswer, { problem: string }>): Problem {
  const yaml = readYaml(run.pipeline_source, { fileName: serverName(run), showSource: true });
  const document = 'problems' in yaml ? yaml.document : yaml;
  const message = `the pipeline file cannot be read: ${problem}`;
  return (
    document?.problemAt(['file'], { message, hint }) ?? { file: serverName(run), line: 1, column: 1, message }
  );
}

function serverName({ pipeline }: RunRow): string {
  return `${pipeline}.yaml`;
}
