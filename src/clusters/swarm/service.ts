import type { Json, JsonObject } from '../../domain/json.ts';
import { at, isRecord, numberOf, recordOf, textOf } from '../json-reading.ts';

/** A service as its engine describes it: what we read of it, and the whole spec, which goes back untouched. */
export interface Service {
  id: string;
  /** Rises with every change; a write that names an older one is refused. */
  version: number;
  /** ISO 8601, by the engine's clock. */
  updatedAt: string;
  spec: ServiceSpec;
  /** '' when it was never updated. */
  updateState: string;
  updateMessage: string;
}

export type ServiceSpec = JsonObject & { Name: string };

/** @throws TypeError when the engine's answer is no service */
export function toService(value: unknown): Service {
  const { ID, Version, Spec, UpdatedAt, UpdateStatus } = recordOf(value);
  if (typeof ID !== 'string' || !isServiceSpec(Spec))
    throw new TypeError('the engine answered with something that is no service');
  return {
    id: ID,
    version: numberOf(at(Version, 'Index'), 0),
    updatedAt: textOf(UpdatedAt),
    spec: Spec,
    updateState: textOf(at(UpdateStatus, 'State')),
    updateMessage: textOf(at(UpdateStatus, 'Message')),
  };
}

export function isServiceSpec(value: unknown): value is ServiceSpec {
  return isRecord(value) && typeof value.Name === 'string' && isRecord(value.TaskTemplate);
}

export function containerOf(spec: JsonObject): JsonObject {
  return recordOf(at(spec, 'TaskTemplate', 'ContainerSpec'));
}

export function imageOf(spec: JsonObject): string {
  return textOf(containerOf(spec).Image);
}

export function labelsOf(spec: JsonObject): JsonObject {
  return recordOf(spec.Labels);
}

/** null: one task on each node that fits. */
export function replicasOf(spec: JsonObject): number | null {
  if (at(spec, 'Mode', 'Global') !== undefined) return null;
  return numberOf(at(spec, 'Mode', 'Replicated', 'Replicas'), 1);
}

/** A copy whose container has some other keys. */
export function withContainer(spec: ServiceSpec, change: { [key: string]: Json }): ServiceSpec {
  const template = recordOf(spec.TaskTemplate);
  return {
    ...spec,
    TaskTemplate: { ...template, ContainerSpec: { ...containerOf(spec), ...change } },
  };
}

/** How people name it. */
export function nameOf(spec: ServiceSpec): string {
  return `service/${spec.Name}`;
}

export const stackLabel = 'com.docker.stack.namespace';

/** What its one container is called: the service's name in its Compose file, where that is known. */
export function containerNameOf(spec: ServiceSpec): string {
  const stack = textOf(labelsOf(spec)[stackLabel]);
  return stack !== '' && spec.Name.startsWith(`${stack}_`) ? spec.Name.slice(stack.length + 1) : spec.Name;
}

/** Whether a new task starts before or after the old one of its place has ended. */
export function orderOf(spec: JsonObject): 'start-first' | 'stop-first' {
  return textOf(at(spec, 'UpdateConfig', 'Order')) === 'start-first' ? 'start-first' : 'stop-first';
}
