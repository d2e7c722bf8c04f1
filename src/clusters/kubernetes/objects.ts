import type { Json, JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';

/** Any object of the API, as it came. Only what we name is typed; everything else passes through untouched. */
export type KubeObject = JsonObject & {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
};

export type ObjectMeta = JsonObject & { name: string };

/** @throws TypeError when an API server's answer is no object of the API */
export function toKubeObject(value: Json | undefined): KubeObject {
  if (!isKubeObject(value)) throw new TypeError('the API server answered with something that is no object');
  return value;
}

export function isKubeObject(value: unknown): value is KubeObject {
  const object = recordOf(value);
  return (
    typeof object.apiVersion === 'string' &&
    typeof object.kind === 'string' &&
    typeof recordOf(object.metadata).name === 'string'
  );
}

/** `deployment/cart`: how people name it. */
export function nameOf(object: { kind: string; metadata: { name: string } }): string {
  return `${object.kind.toLowerCase()}/${object.metadata.name}`;
}

export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

/** Only some fields of somebody else's workload: a whole one says its selector. */
export function isImageChange(object: KubeObject): boolean {
  return isWorkload(object) && at(object, 'spec', 'selector') === undefined;
}

/** Of the kinds whose rollout is watched. */
export function isWorkload(object: { apiVersion: string; kind: string }): boolean {
  return object.apiVersion === 'apps/v1' && (workloadKinds as readonly string[]).includes(object.kind);
}

/** Pod specs wherever they are: in workloads, in cron jobs, in custom resources that embed one. */
export function podSpecsOf(value: Json | undefined): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(podSpecsOf);
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(podSpecsOf);
  return Array.isArray(value.containers) ? [value, ...inner] : inner;
}

/** Init containers included: they run before the others, from images of their own. */
export function containersOf(podSpec: JsonObject): JsonObject[] {
  return [...listOf(podSpec.initContainers), ...listOf(podSpec.containers)];
}

/** Container -> image. */
export function imagesOf(template: Json | undefined): Record<string, string> {
  const spec = recordOf(at(template, 'spec'));
  return Object.fromEntries(
    containersOf(spec).map((container) => [textOf(container.name), textOf(container.image)]),
  );
}
