import type { Json, JsonObject } from '../../../domain/json.ts';
import { isRecord, recordOf, textOf } from '../../json-reading.ts';
import type { KubeObject } from '../objects.ts';

/** Where a pod names a ConfigMap or Secret: the field around it, and the field that holds the name. */
const places: readonly { around: string; name: string; kind: 'ConfigMap' | 'Secret' }[] = [
  { around: 'configMap', name: 'name', kind: 'ConfigMap' },
  { around: 'configMapRef', name: 'name', kind: 'ConfigMap' },
  { around: 'configMapKeyRef', name: 'name', kind: 'ConfigMap' },
  { around: 'secret', name: 'secretName', kind: 'Secret' },
  // Of a projected volume.
  { around: 'secret', name: 'name', kind: 'Secret' },
  { around: 'secretRef', name: 'name', kind: 'Secret' },
  { around: 'secretKeyRef', name: 'name', kind: 'Secret' },
];

/**
 * Makes a workload read copies of the ConfigMaps and Secrets of its set, under names with a suffix, so that it has
 * them as they are in the set while others go on with those that are there.
 */
export function renameConfiguration(
  workload: KubeObject,
  { among, suffix, labels = {} }: { among: readonly KubeObject[]; suffix: string; labels?: JsonObject },
): { object: KubeObject; copies: KubeObject[] } {
  const used = new Set<KubeObject>();
  const object = structuredClone(workload);
  visit(object.spec, (around, record) => {
    for (const place of places.filter((candidate) => candidate.around === around)) {
      const name = textOf(record[place.name]);
      const found = among.find(({ kind, metadata }) => kind === place.kind && metadata.name === name);
      if (found === undefined) continue;
      used.add(found);
      record[place.name] = `${name}${suffix}`;
    }
  });
  return { object, copies: [...used].map((found) => renamed(found, suffix, labels)) };
}

function renamed(object: KubeObject, suffix: string, labels: JsonObject): KubeObject {
  const copy = structuredClone(object);
  copy.metadata.name = `${object.metadata.name}${suffix}`;
  copy.metadata.labels = { ...recordOf(copy.metadata.labels), ...labels };
  return copy;
}

function visit(value: Json | undefined, at: (around: string, record: JsonObject) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, at);
  if (!isRecord(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (isRecord(inner)) at(key, inner);
    visit(inner, at);
  }
}
