import type { WrittenCondition } from './condition-schema.ts';
import { parseDurationMs } from './duration.ts';
import { memberOf } from './member.ts';
import { parseMemoryBytes } from './memory-size.ts';
import { parameterProblems } from './parameter-references.ts';
import { parametersSchema, toParameters } from './parameter-schema.ts';
import type {
  CommitTrigger,
  Concurrency,
  Parameter,
  Pipeline,
  RetryCause,
  StepCondition,
  StepDefinition,
  StepKind,
} from './pipeline.ts';
import { laterKeys, pipelineFileSchema, type WrittenPipeline } from './pipeline-schema.ts';
import { impliedBuild, type StepSketch, sketchSteps, stepProblems } from './pipeline-steps.ts';
import { type Problem, withFurtherProblems } from './problem.ts';
import { checkSchema } from './schema-problems.ts';
import type { WrittenStep } from './step-schemas.ts';
import { normalTreePath } from './tree-path.ts';
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
}

/**
 * Reads a pipeline file: pure, without any look at a server's config. Reports all problems at once, in the file's order.
 * @param fileName only for the problems
 */
export function parsePipeline(text: string, fileName: string): ParsedPipeline | UnreadablePipeline {
  const yaml = readYaml(text, { fileName, showSource: true });
  const [document, mistakes] = 'problems' in yaml ? [yaml.document, yaml.problems] : [yaml, []];
  if (document === null) return { problems: mistakes, document };
  const checked = checkSchema({ document, schema: pipelineFileSchema, laterKeys });
  const sketches = sketchSteps(memberOf(document.value, 'steps'));
  const problems = withFurtherProblems(mistakes, [
    ...('problems' in checked ? checked.problems : []),
    ...stepProblems(sketches, document),
    ...parameterProblems(document, declaredParameters(document)),
  ]);
  if ('problems' in checked || problems.length > 0) return { problems, document };
  return { pipeline: toPipeline(checked.data, sketches), document };
}

/** null when they have mistakes of their own. */
function declaredParameters(document: YamlDocument): Parameter[] | null {
  const { data } = parametersSchema.optional().safeParse(memberOf(document.value, 'parameters'));
  return data === undefined && memberOf(document.value, 'parameters') !== undefined
    ? null
    : toParameters(data ?? {});
}

function toPipeline(written: WrittenPipeline, sketches: StepSketch[]): Pipeline {
  return {
    name: written.name,
    source: { ...written.source, path: normalTreePath(written.source.path) },
    on: toTriggers(written.on),
    concurrency: toConcurrency(written.concurrency),
    ...(written.parameters !== undefined && { parameters: toParameters(written.parameters) }),
    steps: sketches.flatMap((sketch) =>
      sketch.written === null ? [] : toStep(sketch.written, sketch, sketches),
    ),
  };
}

/** What is not said is left out: stored definitions stay as they were before there was more to say. */
function toConcurrency({ group, queue, limit, ...written }: WrittenPipeline['concurrency']): Concurrency {
  return {
    group,
    queue,
    ...(limit > 1 && { limit }),
    ...(written['cancel-in-progress'] && { cancelInProgress: true as const }),
  };
}

function toTriggers({ commit, schedule, pipeline, ...on }: WrittenPipeline['on']): Pipeline['on'] {
  const request = on['merge-request'];
  return {
    commit: commit === undefined ? null : toCommitTrigger(commit),
    branch: on.branch ?? null,
    tag: on.tag ?? null,
    mergeRequest: request === true ? { branches: ['**'] } : (request ?? null),
    schedule: schedule === undefined ? null : { ...schedule, branch: schedule.branch ?? null },
    pipeline: pipeline ?? null,
  };
}

function toCommitTrigger(written: NonNullable<WrittenPipeline['on']['commit']>): CommitTrigger {
  const { branches, paths, revisions, ignore, authors = null, messages = null } = written;
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
  };
}

/** An empty list cannot come out: that every step has one kind has been checked before. */
function toStep(step: WrittenStep, { id, needs }: StepSketch, sketches: StepSketch[]): StepDefinition[] {
  const place: Place = {
    id,
    needs: [...new Set(needs)],
    ...(step.when !== undefined && { when: toCondition(step.when) }),
    ...(step['run-when'] !== 'on-success' && { runWhen: step['run-when'] }),
    ...(step['allow-failure'] && { allowFailure: true }),
  };
  if (step.build !== undefined) return [toBuild(place, step.build)];
  if (step.push !== undefined) return [toPush(place, step.push, impliedBuild(sketches) ?? '')];
  if (step.run !== undefined) return [toRun(place, step.run)];
  if (step.approve !== undefined) return [toApprove(place, step.approve)];
  if (step.job !== undefined) return [toJob(place, step.job)];
  return step.deploy === undefined ? [] : [toDeploy(place, step.deploy)];
}

type Place = Pick<StepDefinition, 'id' | 'needs' | 'when' | 'runWhen' | 'allowFailure'>;
type Written<Kind extends StepKind> = NonNullable<WrittenStep[Kind]>;

function toCondition({ branches, paths, trigger, parameters }: WrittenCondition): StepCondition {
  const wanted = Object.entries(parameters ?? {}).map(([name, value]) => [name, [value].flat()] as const);
  return {
    branches: branches ?? null,
    paths: paths ?? null,
    trigger: trigger ?? null,
    parameters: parameters === undefined ? null : Object.fromEntries(wanted),
  };
}

function toBuild(place: Place, build: Written<'build'>): StepDefinition {
  return {
    ...place,
    ...effortOf(build),
    kind: 'build',
    context: normalTreePath(build.context) || '.',
    dockerfile: normalTreePath(build.dockerfile),
    image: build.image,
    args: build.args,
    target: build.target ?? null,
  };
}

function toPush(place: Place, push: Written<'push'>, impliedImage: string): StepDefinition {
  return {
    ...place,
    ...effortOf(push),
    kind: 'push',
    image: push.image ?? impliedImage,
    tags: push.tags,
    registry: push.registry ?? null,
  };
}

function toRun(place: Place, run: Written<'run'>): StepDefinition {
  return {
    ...place,
    ...effortOf(run),
    kind: 'run',
    from: run.from === undefined ? { image: run.image ?? '' } : { step: run.from },
    commands: run.commands,
    env: run.env,
    network: run.network ?? null,
    cpus: run.cpus ?? null,
    memoryBytes: run.memory === undefined ? null : parseMemoryBytes(run.memory),
  };
}

function toDeploy(place: Place, deploy: Written<'deploy'>): StepDefinition {
  const [kind = '', name = ''] = deploy.workload?.split('/') ?? [];
  return {
    ...place,
    ...effortOf(deploy),
    kind: 'deploy',
    environment: deploy.environment,
    manifests: typeof deploy.manifests === 'string' ? [deploy.manifests] : (deploy.manifests ?? []),
    workload: deploy.workload === undefined ? null : { kind, name, images: deploy.images ?? {} },
    soakMs: parseDurationMs(deploy.soak) ?? 0,
  };
}

function toApprove(place: Place, approve: Written<'approve'>): StepDefinition {
  return {
    ...place,
    kind: 'approve',
    by: approve.by,
    count: approve.count,
    notAuthor: approve['not-author'],
    message: approve.message ?? null,
    timeoutMs: parseDurationMs(approve.timeout) ?? 0,
    retry: { max: 5, on: ['fault'] },
  };
}

function toJob(place: Place, job: Written<'job'>): StepDefinition {
  const { environment, manifest, from = '', commands = [], env } = job;
  const source =
    manifest === undefined ? { step: from, commands, env } : { manifest: normalTreePath(manifest) };
  return { ...place, ...effortOf(job), kind: 'job', environment, source };
}

function effortOf(written: {
  timeout: string;
  retry: { max: number; on: RetryCause[]; backoff?: string | undefined };
  'idle-timeout'?: string | undefined;
}): Pick<StepDefinition, 'timeoutMs' | 'retry' | 'idleTimeoutMs'> {
  const { max, on, backoff } = written.retry;
  const [backoffMs, idleTimeoutMs] = [backoff, written['idle-timeout']].map((text) =>
    parseDurationMs(text ?? ''),
  );
  return {
    timeoutMs: parseDurationMs(written.timeout) ?? 0,
    retry: { max, on, ...(backoffMs != null && { backoffMs }) },
    ...(idleTimeoutMs != null && { idleTimeoutMs }),
  };
}
