import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import { containersOf, type KubeObject, podSpecsOf } from './objects.ts';

/** Asks for it, on a ConfigMap or a Secret, with "true". */
const wishAnnotation = 'trunkline/content-name';
/** On one that has such a name: what it is called in the manifests. */
const baseAnnotation = 'trunkline/content-of';

type Kind = 'ConfigMap' | 'Secret';

/**
 * Configuration that is named by its content: `cart` becomes `cart-3f2a90c1d4`, and so does whatever refers to it in
 * pod specs and in the TLS of an Ingress. A change rolls the pods, and an older version finds its own one again.
 */
export function withContentNames(objects: KubeObject[]): KubeObject[] {
  const renamed = new Map<string, string>();
  const named = structuredClone(objects);
  for (const object of named) {
    const annotations = recordOf(object.metadata.annotations);
    if (!isConfiguration(object) || annotations[wishAnnotation] !== 'true') continue;
    const base = object.metadata.name;
    const { [wishAnnotation]: _wish, ...others } = annotations;
    object.metadata.name = `${base.slice(0, 240)}-${hashOf(object)}`;
    object.metadata.annotations = { ...others, [baseAnnotation]: base };
    renamed.set(`${object.kind} ${base}`, object.metadata.name);
  }
  if (renamed.size === 0) return objects;
  const nameFor = (kind: Kind, name: string) => renamed.get(`${kind} ${name}`) ?? name;
  for (const object of named) {
    for (const spec of podSpecsOf(object)) renameIn(spec, nameFor);
    if (object.kind !== 'Ingress') continue;
    for (const tls of listOf(at(object, 'spec', 'tls')))
      rename(tls, 'secretName', (name) => nameFor('Secret', name));
  }
  return named;
}

/** What an object that is named by its content is called in the manifests; undefined: it is named as usual. */
export function contentBaseOf(object: KubeObject): string | undefined {
  return textOf(at(object, 'metadata', 'annotations', baseAnnotation)) || undefined;
}

function isConfiguration({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'v1' && (kind === 'ConfigMap' || kind === 'Secret');
}

/** Whatever the order of keys is. */
function hashOf({ kind, type, data, binaryData, stringData }: KubeObject): string {
  const content = sorted({ kind, type, data, binaryData, stringData });
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 10);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

type NameFor = (kind: Kind, name: string) => string;

function renameIn(podSpec: JsonObject, nameFor: NameFor): void {
  const configMap = (name: string) => nameFor('ConfigMap', name);
  const secret = (name: string) => nameFor('Secret', name);
  for (const volume of listOf(podSpec.volumes)) {
    rename(volume.configMap, 'name', configMap);
    rename(volume.secret, 'secretName', secret);
    for (const source of listOf(at(volume, 'projected', 'sources'))) {
      rename(source.configMap, 'name', configMap);
      rename(source.secret, 'name', secret);
    }
  }
  for (const reference of listOf(podSpec.imagePullSecrets)) rename(reference, 'name', secret);
  for (const container of containersOf(podSpec)) {
    for (const { valueFrom } of listOf(container.env)) {
      rename(at(valueFrom, 'configMapKeyRef'), 'name', configMap);
      rename(at(valueFrom, 'secretKeyRef'), 'name', secret);
    }
    for (const source of listOf(container.envFrom)) {
      rename(source.configMapRef, 'name', configMap);
      rename(source.secretRef, 'name', secret);
    }
  }
}

function rename(reference: Json | undefined, key: string, newName: (name: string) => string): void {
  const object = recordOf(reference);
  if (typeof object[key] === 'string') object[key] = newName(object[key]);
}
