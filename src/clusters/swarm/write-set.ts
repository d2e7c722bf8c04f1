import type { AppliedRollout, ProgressHooks, Refusal, WriteHooks } from '../cluster.ts';
import { isRefusal } from '../cluster.ts';
import { containerNameOf, imageOf, nameOf, type Service, type ServiceSpec } from './service.ts';
import type { ServiceWriter } from './service-writer.ts';
import { taskDeployIdOf } from './stamp.ts';

/** One service as it is wanted, decided anew on whatever is there. */
export interface Write {
  name: string;
  render(live: Service | null): ServiceSpec | Refusal;
  /** Whether the live service is already as it should be, so that nothing is written. */
  isDone(live: Service): boolean;
}

/** Far more than two writers that alternate would need. */
const mostRounds = 20;

/** Makes the writes one after the other; the first refusal ends it. */
export async function writeAll(
  { writer, writes, hooks }: { writer: ServiceWriter; writes: Write[]; hooks: WriteHooks },
  signal: AbortSignal,
): Promise<ServiceSpecOf[] | Refusal> {
  const written: ServiceSpecOf[] = [];
  const report = createReport(writes, hooks);
  report(0);
  for (const write of writes) {
    const result = await writeOne({ writer, write, hooks }, signal);
    if (isRefusal(result)) return result;
    written.push(result);
    report(written.length);
  }
  return written;
}

/** What was wanted, and the service that has it. */
export interface ServiceSpecOf {
  spec: ServiceSpec;
  service: Service;
}

async function writeOne(
  { writer, write, hooks }: { writer: ServiceWriter; write: Write; hooks: WriteHooks },
  signal: AbortSignal,
): Promise<ServiceSpecOf | Refusal> {
  for (let round = 1; round <= mostRounds; round++) {
    const live = await writer.read(write.name, signal);
    if (live !== null && write.isDone(live)) return { spec: live.spec, service: live };
    const spec = write.render(live);
    if (isRefusal(spec)) return spec;
    await hooks.confirm();
    signal.throwIfAborted();
    const service = await writer.write({ spec, live }, signal);
    if (service === 'changed') continue;
    if (isRefusal(service)) return service;
    hooks.onProgress(`applied ${nameOf(spec)}`);
    return { spec, service };
  }
  return { refusal: `service/${write.name} is being changed by somebody else all the time` };
}

function createReport(
  writes: Write[],
  { onReport }: Pick<ProgressHooks, 'onReport'>,
): (done: number) => void {
  return (done) => {
    const items = writes.map(({ name }, index) => ({
      name: `service/${name}`,
      state: stateOf(index, done),
      text: null,
      done: null,
      total: null,
    }));
    const text = `${done} of ${writes.length} services applied`;
    onReport({ phase: 'apply', text, done, total: writes.length, unit: 'steps', items });
  };
}

function stateOf(index: number, done: number): 'waiting' | 'working' | 'done' {
  if (index < done) return 'done';
  return index === done ? 'working' : 'waiting';
}

/** What a watcher needs to know of what was written. */
export function toAppliedRollout(written: ServiceSpecOf[], replaces: string | null): AppliedRollout {
  return {
    appliedAt: written.map(({ service }) => service.updatedAt).sort()[0] ?? new Date().toISOString(),
    workloads: written.map(({ spec, service }) => ({
      name: nameOf(spec),
      uid: service.id,
      generation: service.version,
      podSelector: `service=${service.id}`,
      deployId: taskDeployIdOf(spec),
      images: { [containerNameOf(spec)]: imageOf(spec) },
    })),
    objects: [],
    replaces,
  };
}
