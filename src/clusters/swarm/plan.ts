import type { PlannedChange } from '../../domain/planned-change.ts';
import {
  isRefusal,
  type ManifestSource,
  type PlanRequest,
  type Refusal,
  type RolloutPlan,
  type WorkloadSource,
} from '../cluster.ts';
import { textOf } from '../json-reading.ts';
import type { ComposeProject } from './compose-file.ts';
import { toServiceSpec } from './compose-spec.ts';
import type { EngineApi } from './engine-api.ts';
import { renderCompose, renderImage } from './render.ts';
import {
  containerNameOf,
  imageOf,
  labelsOf,
  nameOf,
  replicasOf,
  type Service,
  type ServiceSpec,
  stackLabel,
} from './service.ts';
import type { ServiceWriter } from './service-writer.ts';
import { makeNetworks, type PreparedStack, prepareStack, type StackSettings } from './stack.ts';
import { carries, deployIdOf, stamped, taskDeployIdOf } from './stamp.ts';
import { storedService } from './stored-service.ts';
import { storedWrites } from './stored-writes.ts';
import { hasEnded, toTasks } from './task.ts';
import { toAppliedRollout, type Write, writeAll } from './write-set.ts';

export interface PlanDeps {
  api: EngineApi;
  writer: ServiceWriter;
  settings: StackSettings;
  /** In front of `service/cart`: which swarm. */
  targetPrefix: string;
}

interface Intent {
  writes: Write[];
  /** null: nothing is prepared beside the services. */
  stack: PreparedStack | null;
  /** False: only an existing service's image is changed. */
  isWhole: boolean;
}

/** Renders, and reads what is there. Nothing is written before `apply`. */
export async function planServices(
  deps: PlanDeps,
  request: PlanRequest,
  signal: AbortSignal,
): Promise<RolloutPlan | Refusal> {
  const intent = await intentOf(deps, request, signal);
  if (isRefusal(intent)) return intent;
  const specs: ServiceSpec[] = [];
  const before: ServiceSpec[] = [];
  const changes: PlannedChange[] = [];
  for (const write of intent.writes) {
    const live = await deps.writer.read(write.name, signal);
    const spec = write.render(live);
    if (isRefusal(spec)) return spec;
    specs.push(spec);
    changes.push(changeOf(live, spec));
    if (live !== null && (await isHealthy(deps.api, live, signal))) before.push(live.spec);
  }
  const { isWhole } = intent;
  return {
    workloads: specs.map((spec) => ({
      name: nameOf(spec),
      target: `${deps.targetPrefix}/${nameOf(spec)}`,
      images: { [containerNameOf(spec)]: imageOf(spec) },
    })),
    manifests: specs.map((spec) => storedService(spec, { isWhole })),
    before: before.length === 0 ? undefined : before.map((spec) => storedService(spec, { isWhole })),
    changes,
    notes: [],
    async apply(hooks, applySignal) {
      const made =
        intent.stack === null
          ? undefined
          : await makeNetworks(deps.api, intent.stack, { hooks, signal: applySignal });
      if (made !== undefined) return made;
      const { writer } = deps;
      const written = await writeAll({ writer, writes: intent.writes, hooks }, applySignal);
      return isRefusal(written) ? written : toAppliedRollout(written, null);
    },
  };
}

/** Of a service, what people ask for first: its image, and how many there are. */
function changeOf(live: Service | null, spec: ServiceSpec): PlannedChange {
  if (live === null) return { object: nameOf(spec), isNew: true, fields: [] };
  const told = (of: ServiceSpec) => ({ image: imageOf(of), replicas: replicasOf(of)?.toString() ?? null });
  const [was, is] = [told(live.spec), told(spec)];
  const fields = (['image', 'replicas'] as const)
    .map((path) => ({ path, before: was[path], after: is[path] }))
    .filter(({ before, after }) => before !== after);
  return { object: nameOf(spec), isNew: false, fields };
}

async function intentOf(
  deps: PlanDeps,
  request: PlanRequest,
  signal: AbortSignal,
): Promise<Intent | Refusal> {
  if (request.source.kind === 'workload')
    return imageIntent(deps, { request, source: request.source }, signal);
  if (request.source.kind === 'stored') return { ...storedWrites(request, request.source), stack: null };
  return composeIntent(deps, { request, source: request.source }, signal);
}

async function composeIntent(
  deps: PlanDeps,
  { request, source }: { request: PlanRequest; source: ManifestSource },
  signal: AbortSignal,
): Promise<Intent | Refusal> {
  const project = renderCompose(request, source);
  if (isRefusal(project)) return project;
  const name = `${deps.settings.prefix}${project.name ?? request.pipeline}`;
  const stack = await prepareStack(deps.api, { project, name, settings: deps.settings }, signal);
  if (isRefusal(stack)) return stack;
  const writes = Object.keys(project.services).map((service) =>
    composeWrite({ service, project, stack, request }),
  );
  return { writes, stack, isWhole: true };
}

function composeWrite({
  service,
  project,
  stack,
  request,
}: {
  service: string;
  project: ComposeProject;
  stack: PreparedStack;
  request: PlanRequest;
}): Write {
  const definition = project.services[service];
  if (definition === undefined) throw new TypeError(`no service ${service}`);
  const wanted = toServiceSpec(service, definition, { project, stack });
  const isScaledHere = definition.deploy?.replicas !== undefined || replicasOf(wanted) === null;
  return {
    name: wanted.Name,
    isDone: (live) => carries(live, request.deployId),
    render(live) {
      if (live !== null && isSomebodyElses(live, stack.name)) return notOurs(live);
      // Where the file says nothing about it, somebody may have scaled the service by hand.
      const keepsScale = live !== null && !isScaledHere && replicasOf(live.spec) !== null;
      const spec = keepsScale ? { ...wanted, Mode: live.spec.Mode ?? {} } : wanted;
      return stamped(spec, request);
    },
  };
}

/** Neither a deployment nor a `docker stack deploy` of this stack has made it. */
function isSomebodyElses(live: Service, stack: string): boolean {
  return deployIdOf(live) === null && textOf(labelsOf(live.spec)[stackLabel]) !== stack;
}

function notOurs(live: Service): Refusal {
  return {
    refusal: `${nameOf(live.spec)} exists already and does not belong to this stack: choose another \`name\` in the Compose file, or change only its image with \`workload\``,
  };
}

async function imageIntent(
  { writer, api }: PlanDeps,
  { request, source }: { request: PlanRequest; source: WorkloadSource },
  signal: AbortSignal,
): Promise<Intent | Refusal> {
  const { kind, name } = source.workload;
  if (kind.toLowerCase() !== 'service')
    return { refusal: `${kind} is no workload of a swarm: write service/${name}` };
  const missing = { refusal: `service/${name} does not exist in the swarm of ${api.host}: create it first` };
  if ((await writer.read(name, signal)) === null) return missing;
  const write: Write = {
    name,
    isDone: (live) => carries(live, request.deployId),
    render: (live) => (live === null ? missing : renderImage(request, source, live)),
  };
  return { writes: [write], stack: null, isWhole: false };
}

/** All of its tasks run, by the present spec: worth going back to. */
async function isHealthy(api: EngineApi, live: Service, signal: AbortSignal): Promise<boolean> {
  const tasks = toTasks(
    await api.call({ path: '/tasks', query: { filters: { service: [live.id] } } }, signal),
  );
  const deployId = taskDeployIdOf(live.spec);
  const wanted = tasks.filter((task) => task.desired === 'running' && !hasEnded(task));
  const running = wanted.filter((task) => task.state === 'running' && task.deployId === deployId);
  return running.length >= Math.max(1, replicasOf(live.spec) ?? wanted.length);
}
