import { withBases } from './base-images.ts';
import { commandTemplateProblems } from './command-templates.ts';
import { parseDurationMs } from './duration.ts';
import { extendSteps } from './extended-steps.ts';
import { idleTimeoutProblems } from './idle-timeout-problems.ts';
import { followsNone, type IncludedFile, type ReadInclude } from './include.ts';
import { expandMatrices } from './matrix.ts';
import { matrixProblems } from './matrix-problems.ts';
import { memberOf } from './member.ts';
import { misplacedKeys } from './misplaced-keys.ts';
import { outputProblems } from './output-references.ts';
import { type DeclaredParameter, parameterProblems } from './parameter-references.ts';
import { parametersSchema, toParameters } from './parameter-schema.ts';
import type { Concurrency, Pipeline } from './pipeline.ts';
import { pipelineFileSchema, refusedKeys, type WrittenPipeline } from './pipeline-schema.ts';
import { type StepSketch, sketchSteps, stepProblems } from './pipeline-steps.ts';
import { type Problem, withFurtherProblems } from './problem.ts';
import { partProblems, resolveIncludes } from './resolve-includes.ts';
import { checkSchema } from './schema-problems.ts';
import { normalPlaces } from './sparse-place.ts';
import { toCondition, toStep } from './step-definitions.ts';
import { normalTreePath } from './tree-path.ts';
import { gitlabPipelineFilters } from './trigger-schemas.ts';
import type { CommitTrigger, GitlabPipelineTrigger } from './triggers.ts';
import { readYaml, type YamlDocument } from './yaml-document.ts';

/** A pipeline, and the file's places for problems that only the server's config can tell. */
export interface ParsedPipeline {
  pipeline: Pipeline;
  document: YamlDocument;
}

/** `document` is null where not even the YAML can be read; else the names in it can be checked all the same. */
export interface UnreadablePipeline {
  problems: Problem[];
  document: YamlDocument | null;
  /** What it includes, as far as that could be read. */
  files: IncludedFile[];
}

/**
 * Reads a pipeline file: pure, without any look at a server's config. Reports all problems at once, in the file's order.
 * @param fileName only for the problems
 * @param read gives the files that it includes
 */
export function parsePipeline(
  text: string,
  fileName: string,
  read: ReadInclude = followsNone,
): ParsedPipeline | UnreadablePipeline {
  const yaml = readYaml(text, { fileName, showSource: true });
  const [document, mistakes] = 'problems' in yaml ? [yaml.document, yaml.problems] : [yaml, []];
  return document === null
    ? { problems: mistakes, document, files: [] }
    : understandPipeline(document, { mistakes, read });
}

export interface Understanding {
  /** What is known to be wrong already. */
  mistakes: Problem[];
  read: ReadInclude;
  /** Default: true. */
  areParametersKnown?: boolean;
}

/** What a file means whose YAML could be read, with the files that it includes. */
export function understandPipeline(
  written: YamlDocument,
  { mistakes, read, areParametersKnown = true }: Understanding,
): ParsedPipeline | UnreadablePipeline {
  const { templates, files, isKnown, problems: ofIncludes } = resolveIncludes(written, read);
  const { document, problems: ofTemplates } = extendSteps(written, templates);
  const checked = checkSchema({
    ...{ document, schema: pipelineFileSchema, laterKeys: [] },
    ...{ refusedKeys, misplacedKeys },
  });
  const sketches = sketchSteps(memberOf(document.value, 'steps'));
  const parameters = areParametersKnown ? declaredParameters(document) : null;
  const ofSteps = withFurtherProblems(
    [...mistakes, ...(ofIncludes.length > 0 || !isKnown ? ofIncludes : ofTemplates)],
    [
      ...('problems' in checked ? checked.problems : []),
      ...stepsPlaceProblems(document),
      // What a step is whose template is not there, nobody can tell.
      ...(ofTemplates.length > 0 ? [] : contentProblems(document, { sketches, parameters })),
    ],
  );
  // A template that no step extends is judged too.
  const problems = withFurtherProblems(ofSteps, partProblems(written));
  if ('problems' in checked || problems.length > 0) return { problems, document, files };
  const pipeline = toPipeline(checked.data, expandMatrices(sketches));
  return { pipeline: files.length === 0 ? pipeline : { ...pipeline, files }, document };
}

/** The steps stand here, or in a file of the repository. */
function stepsPlaceProblems(document: YamlDocument): Problem[] {
  const has = (key: string) => memberOf(document.value, key) !== undefined;
  if (!has('file')) {
    const { value } = document;
    const isFilled = value !== null && typeof value === 'object' && !Array.isArray(value);
    const isMissing = isFilled && !has('steps');
    return isMissing ? [document.problemAt(['steps'], { message: "'steps' is missing" })] : [];
  }
  return ['steps', 'include', 'templates'].filter(has).map((key) => {
    const message = `'${key}' beside 'file': they stand in that file`;
    return document.problemAtKey([key], { message, hint: 'keep one of the two' });
  });
}

function contentProblems(
  document: YamlDocument,
  { sketches, parameters }: { sketches: StepSketch[]; parameters: DeclaredParameter[] | null },
): Problem[] {
  return [
    ...stepProblems(sketches, document),
    ...matrixProblems(sketches, document),
    ...parameterProblems(document, parameters),
    ...outputProblems(sketches, document),
    ...commandTemplateProblems(document),
    ...idleTimeoutProblems(document),
  ];
}

/** A mistake in one of them, or in their names, hides no other mistake. */
function declaredParameters(document: YamlDocument): DeclaredParameter[] {
  return Object.entries(Object(memberOf(document.value, 'parameters'))).map(([name, written]) => {
    const { data } = parametersSchema.safeParse({ [name]: written });
    return { name, parameter: data === undefined ? null : (toParameters(data)[0] ?? null) };
  });
}

function toPipeline(written: WrittenPipeline, sketches: StepSketch[]): Pipeline {
  return {
    name: written.name,
    source: toSource(written.source),
    on: toTriggers(written.on),
    concurrency: toConcurrency(written.concurrency),
    ...(written.priority !== 'normal' && { priority: written.priority }),
    ...toRunsOn([written['runs-on']].flat()),
    ...(written.parameters !== undefined && { parameters: toParameters(written.parameters) }),
    ...(written.when !== undefined && { when: toCondition(written.when) }),
    ...(written.file !== undefined && { file: toStepsFile(written.file) }),
    steps: withBases(
      sketches.flatMap((sketch) => (sketch.written === null ? [] : toStep(sketch.written, sketch, sketches))),
    ),
  };
}

function toStepsFile(file: NonNullable<WrittenPipeline['file']>): NonNullable<Pipeline['file']> {
  if (typeof file === 'string') return { path: normalTreePath(file), mergeRequests: 'target' };
  const { path, 'merge-requests': mergeRequests, starts } = file;
  return { path: normalTreePath(path), mergeRequests, ...(starts.length > 0 && { starts }) };
}

function toSource({ repository, path, only }: WrittenPipeline['source']): Pipeline['source'] {
  const source = { repository, path: normalTreePath(path) };
  if (only === undefined) return source;
  return { ...source, only: normalPlaces(only) };
}

/** What is not said is left out: stored definitions stay as they were before there was more to say. */
function toConcurrency({ group, queue, limit, ...written }: WrittenPipeline['concurrency']): Concurrency {
  const queueTimeoutMs = parseDurationMs(written['queue-timeout'] ?? '');
  return {
    group,
    queue,
    ...(limit > 1 && { limit }),
    ...(written['max-queue'] !== undefined && { maxQueue: written['max-queue'] }),
    ...(queueTimeoutMs !== null && { queueTimeoutMs }),
    ...(written['cancel-in-progress'] && { cancelInProgress: true as const }),
  };
}

function toRunsOn(labels: string[]): Pick<Pipeline, 'runsOn'> {
  return labels.length === 0 ? {} : { runsOn: [...new Set(labels)].sort() };
}

function toTriggers({ commit, schedule, pipeline, ...on }: WrittenPipeline['on']): Pipeline['on'] {
  const request = on['merge-request'];
  const gitlab = on['gitlab-pipeline'];
  return {
    commit: commit === undefined ? null : toCommitTrigger(commit),
    branch: on.branch ?? null,
    tag: on.tag ?? null,
    mergeRequest: request === true ? { branches: ['**'] } : (request ?? null),
    ...(gitlab !== undefined && { gitlabPipeline: toGitlabTrigger(gitlab) }),
    schedule: schedule === undefined ? null : { ...schedule, branch: schedule.branch ?? null },
    pipeline: pipeline ?? null,
  };
}

function toGitlabTrigger(
  written: NonNullable<WrittenPipeline['on']['gitlab-pipeline']>,
): GitlabPipelineTrigger {
  const { status, branches } = written === true ? gitlabPipelineFilters.parse({}) : written;
  return { status: [status].flat(), branches };
}

function toCommitTrigger(written: NonNullable<WrittenPipeline['on']['commit']>): CommitTrigger {
  const { branches, paths, revisions, ignore, authors = null, messages = null } = written;
  const { 'revision-properties': revisionProperties } = written;
  const quietMs = parseDurationMs(written.quiet) ?? 0;
  return {
    branches,
    paths,
    revisions,
    quietMs,
    ignore,
    authors,
    messages,
    ownCommits: written['own-commits'],
    ...(revisionProperties !== undefined && { revisionProperties }),
  };
}
