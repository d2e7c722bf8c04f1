import { canaryCount } from '../../../domain/rollout-strategy.ts';
import type { CanaryWish, Refusal } from '../../cluster.ts';
import { at, recordOf, textOf } from '../../json-reading.ts';
import { desiredOf } from '../done-rule.ts';
import { isWorkload, type KubeObject, nameOf } from '../objects.ts';
import { isServiceOf } from '../service-rule.ts';
import { deployIdAnnotation } from '../stamp.ts';
import { renameConfiguration } from './rename-configuration.ts';

/** Keeps the canaries apart from the stable pods, whose labels they bear besides. */
const trackLabel = 'trunkline/track';

const suffix = '-canary';

export interface CanaryPlace {
  wish: CanaryWish;
  /** null: it does not exist. */
  stable: KubeObject | null;
  /** Of the namespace; null: we may not look. */
  services: readonly KubeObject[] | null;
}

/** The one Deployment of a set that a canary can stand beside. */
export function canaryTarget(objects: readonly KubeObject[]): KubeObject | Refusal {
  const workloads = objects.filter(isWorkload);
  const [only] = workloads;
  if (workloads.length === 1 && only?.kind === 'Deployment') return only;
  return {
    refusal: `a canary is for one Deployment, and the manifests hold ${workloads.map(nameOf).join(', ')}: give each a deploy step of its own`,
  };
}

/**
 * The canary's own Deployment, and copies of what it reads of the set's ConfigMaps and Secrets: nothing that the
 * stable pods use is touched.
 */
export function renderCanary(objects: readonly KubeObject[], place: CanaryPlace): KubeObject[] | Refusal {
  const target = canaryTarget(objects);
  if ('refusal' in target) return target as Refusal;
  const { wish, stable, services } = place;
  if (stable === null)
    return { refusal: `${nameOf(target)} does not exist: a canary has nothing to stand beside` };
  const unserved = servicesMistake(target, services);
  if (unserved !== undefined) return { refusal: unserved };
  const { object, copies } = renameConfiguration(canaryOf(target, wish, desiredOf(stable)), {
    among: objects,
    suffix,
  });
  return [...copies, object];
}

function servicesMistake(target: KubeObject, services: CanaryPlace['services']): string | undefined {
  const template = recordOf(at(target, 'spec', 'template'));
  const version = { name: nameOf(target), template, newPods: [] };
  if (services === null || services.some((service) => isServiceOf(service, version))) return undefined;
  const labels = Object.entries(recordOf(at(template, 'metadata', 'labels')));
  const text = labels.map(([key, value]) => `${key}=${String(value)}`).join(',');
  return `a canary of ${version.name} would get no request: no Service of the namespace selects its pods (${text})`;
}

function canaryOf(target: KubeObject, { share, podId }: CanaryWish, stable: number): KubeObject {
  const copy = structuredClone(target);
  copy.metadata.name = `${target.metadata.name}${suffix}`;
  const spec = recordOf(copy.spec);
  spec.replicas = canaryCount(share, stable);
  const selector = recordOf(spec.selector);
  selector.matchLabels = { ...recordOf(selector.matchLabels), [trackLabel]: 'canary' };
  const metadata = recordOf(at(spec, 'template', 'metadata'));
  metadata.labels = { ...recordOf(metadata.labels), [trackLabel]: 'canary' };
  metadata.annotations = { ...recordOf(metadata.annotations), [deployIdAnnotation]: podId };
  return copy;
}

export function foreignWorkload(object: KubeObject): Refusal {
  const name = nameOf(object);
  return {
    refusal: `${name} would be made beside the old version, and one of that name is somebody else's: rename or delete it`,
  };
}

/** Whether an object of that name is somebody else's. */
export function isForeign(live: KubeObject | null): boolean {
  if (live === null) return false;
  return textOf(at(live, 'metadata', 'labels', 'app.kubernetes.io/managed-by')) !== 'trunkline';
}
