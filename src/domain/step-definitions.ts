import { defaultWait } from './approve-step-schema.ts';
import type { WrittenCondition } from './condition-schema.ts';
import { parseDurationMs } from './duration.ts';
import { toGates } from './gate-schema.ts';
import type { HelmChart } from './helm-chart.ts';
import { toLintLevels } from './lint-level-schema.ts';
import { parseMemoryBytes } from './memory-size.ts';
import type {
  DeployStep,
  RetryCause,
  StepCache,
  StepCondition,
  StepDefinition,
  StepKind,
} from './pipeline.ts';
import { impliedBuild, type StepSketch } from './pipeline-steps.ts';
import type { Service } from './service.ts';
import { toChecks } from './service-check-schema.ts';
import type { WrittenServices } from './services-schema.ts';
import type { WrittenStep } from './step-schemas.ts';
import { toStrategy } from './strategy-schema.ts';
import { normalTreePath } from './tree-path.ts';

/** A step of a pipeline, of what is written. An empty list cannot come out: that every step has one kind has been checked before. */
export function toStep(
  step: WrittenStep,
  { id, needs }: StepSketch,
  sketches: StepSketch[],
): StepDefinition[] {
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
  if (step.trigger !== undefined) return [toTrigger(place, step.trigger)];
  return step.deploy === undefined ? [] : [toDeploy(place, step.deploy)];
}

type Place = Pick<StepDefinition, 'id' | 'needs' | 'when' | 'runWhen' | 'allowFailure'>;
type Written<Kind extends StepKind> = NonNullable<WrittenStep[Kind]>;

export function toCondition({ branches, paths, trigger, parameters }: WrittenCondition): StepCondition {
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
    ...(run.secrets !== undefined && { secrets: run.secrets }),
    network: run.network ?? null,
    cpus: run.cpus ?? null,
    memoryBytes: bytesOf(run.memory),
    ...(run.services !== undefined && { services: toServices(run.services) }),
    ...(run.cache !== undefined && run.cache.length > 0 && { cache: run.cache.map(toCache) }),
    ...(run.artifacts !== undefined && run.artifacts.length > 0 && { artifacts: run.artifacts }),
  };
}

function toCache({ paths, ...cache }: NonNullable<Written<'run'>['cache']>[number]): StepCache {
  return { keyFiles: cache['key-files'].map(normalTreePath), paths: paths.map(normalTreePath) };
}

function toServices(services: WrittenServices): Service[] {
  return Object.entries(services).map(([name, { image, command, env, ready, memory, ...service }]) => ({
    ...{ name, image, env, command: command ?? null, ready: ready ?? null },
    readyWithinMs: parseDurationMs(service['ready-within']) ?? 0,
    memoryBytes: bytesOf(memory),
  }));
}

function bytesOf(memory: string | undefined): number | null {
  return memory === undefined ? null : parseMemoryBytes(memory);
}

function toDeploy(place: Place, deploy: Written<'deploy'>): StepDefinition {
  const [kind = '', name = ''] = deploy.workload?.split('/') ?? [];
  return {
    ...place,
    ...effortOf(deploy),
    kind: 'deploy',
    environment: deploy.environment,
    manifests: typeof deploy.manifests === 'string' ? [deploy.manifests] : (deploy.manifests ?? []),
    ...(deploy.kustomize !== undefined && { kustomize: normalTreePath(deploy.kustomize) }),
    ...(deploy.helm !== undefined && { helm: toHelm(deploy.helm) }),
    workload: deploy.workload === undefined ? null : { kind, name, images: deploy.images ?? {} },
    soakMs: parseDurationMs(deploy.soak) ?? 0,
    ...(deploy.logs !== 'one' && { logs: deploy.logs }),
    ...(deploy.undo !== undefined && { undoes: deploy.undo }),
    ...pruneOf(deploy.prune),
    ...toStrategy(deploy.strategy),
    ...toGates(deploy.gates),
    ...toChecks(deploy.checks),
    ...toLintLevels(deploy.lints),
  };
}

function toHelm({ chart, values, release, version }: NonNullable<Written<'deploy'>['helm']>): HelmChart {
  const files = typeof values === 'string' ? [values] : values;
  return {
    chart: normalTreePath(chart),
    values: files.map(normalTreePath),
    release,
    version: version ?? null,
  };
}

function pruneOf(prune: Written<'deploy'>['prune']): Pick<DeployStep, 'prune'> {
  if (prune === false) return {};
  return { prune: { mayShrink: prune !== true && prune['may-shrink'] } };
}

function toApprove(place: Place, approve: Written<'approve'>): StepDefinition {
  return {
    ...place,
    kind: 'approve',
    by: approve.by,
    count: approve.count,
    notAuthor: approve['not-author'],
    message: approve.message ?? null,
    timeoutMs: parseDurationMs(approve.expires ?? approve.timeout ?? defaultWait) ?? 0,
    retry: { max: 5, on: ['fault'] },
  };
}

function toJob(place: Place, job: Written<'job'>): StepDefinition {
  const { environment, manifest, from = '', commands = [], env } = job;
  const source =
    manifest === undefined ? { step: from, commands, env } : { manifest: normalTreePath(manifest) };
  return {
    ...place,
    ...effortOf(job),
    ...{ kind: 'job', environment, source },
    ...(job.secrets !== undefined && { secrets: job.secrets }),
    ...(!job.once && { everyTime: true }),
    ...(job.irreversible && { irreversible: true }),
  };
}

function toTrigger(place: Place, trigger: Written<'trigger'>): StepDefinition {
  const { pipeline, parameters, wait } = trigger;
  return { ...place, ...effortOf(trigger), kind: 'trigger', pipeline, parameters, wait };
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
