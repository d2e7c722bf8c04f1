import type { JsonObject } from '../../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../../json-reading.ts';
import { containersOf, type KubeObject } from '../objects.ts';

export interface Reference {
  kind: 'ConfigMap' | 'Secret' | 'PersistentVolumeClaim';
  name: string;
  /** `to pull its images`, and so on. */
  use: string;
}

/** What the pods of a workload cannot start without; what they call optional is none of that. */
export function referencesOf(workload: KubeObject): Reference[] {
  const spec = recordOf(at(workload, 'spec', 'template', 'spec'));
  const found = [
    ...listOf(spec.imagePullSecrets).map((secret) => reference('Secret', secret.name, 'to pull its images')),
    ...listOf(spec.volumes).flatMap(ofVolume),
    ...containersOf(spec).flatMap(ofContainer),
  ];
  const named = found.flatMap((one) => (one === undefined || one.name === '' ? [] : [one]));
  return [...new Map(named.map((one) => [`${one.kind}/${one.name}`, one])).values()];
}

function reference(kind: Reference['kind'], name: unknown, use: string): Reference {
  return { kind, name: textOf(name), use };
}

function ofVolume(volume: JsonObject): (Reference | undefined)[] {
  const use = `as volume ${textOf(volume.name)}`;
  const projected = listOf(at(volume, 'projected', 'sources'));
  return [
    reference('PersistentVolumeClaim', at(volume, 'persistentVolumeClaim', 'claimName'), use),
    ...[volume, ...projected].flatMap((source) => [
      needed('ConfigMap', source.configMap, use),
      needed('Secret', source.secret, use),
    ]),
  ];
}

function ofContainer(container: JsonObject): (Reference | undefined)[] {
  const use = `for the environment of container ${textOf(container.name)}`;
  const values = listOf(container.env).map(({ valueFrom }) => recordOf(valueFrom));
  return [
    ...listOf(container.envFrom).flatMap((source) => [
      needed('ConfigMap', source.configMapRef, use),
      needed('Secret', source.secretRef, use),
    ]),
    ...values.flatMap((source) => [
      needed('ConfigMap', source.configMapKeyRef, use),
      needed('Secret', source.secretKeyRef, use),
    ]),
  ];
}

/** A Secret as a volume calls its name otherwise. */
function needed(kind: Reference['kind'], source: unknown, use: string): Reference | undefined {
  const { name, secretName, optional } = recordOf(source);
  return optional === true ? undefined : reference(kind, name ?? secretName, use);
}
