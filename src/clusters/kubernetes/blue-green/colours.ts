import type { JsonObject } from '../../../domain/json.ts';
import { type Colour, otherColour } from '../../../domain/rollout-strategy.ts';
import type { Refusal } from '../../cluster.ts';
import { at, recordOf, textOf } from '../../json-reading.ts';
import { renameConfiguration } from '../canary/rename-configuration.ts';
import { isWorkload, type KubeObject, nameOf } from '../objects.ts';
import { hasSelector, isServiceOf } from '../service-rule.ts';

/** On pods, and in the selectors of the Services that lead to them. */
const colourLabel = 'trunkline/colour';

/** In records, on the objects of a set as their manifests name them: under which colour they were applied. */
const colourAnnotation = 'trunkline/blue-green';

/** The one Deployment that has two colours, and the Services that are switched between them. */
export interface Switched {
  deployment: KubeObject;
  services: KubeObject[];
}

/** Refused where a set has nothing that could be switched. */
export function switchedIn(objects: readonly KubeObject[]): Switched | Refusal {
  const workloads = objects.filter(isWorkload);
  const [deployment] = workloads;
  if (deployment === undefined || workloads.length > 1 || deployment.kind !== 'Deployment') {
    const names = workloads.map(nameOf).join(', ');
    return {
      refusal: `blue-green is for one Deployment, and the manifests hold ${names}: give each a deploy step of its own`,
    };
  }
  const version = {
    name: nameOf(deployment),
    template: recordOf(at(deployment, 'spec', 'template')),
    newPods: [],
  };
  const services = objects.filter(
    (object) => object.kind === 'Service' && hasSelector(object) && isServiceOf(object, version),
  );
  if (services.length > 0) return { deployment, services };
  return {
    refusal: `blue-green switches a Service, and none among the manifests selects the pods of ${version.name}: add it, or mend its selector`,
  };
}

/** Which colour a Service leads to; null: it does not exist, or has no colour yet. */
export function colourOf(service: KubeObject | null): Colour | null {
  const colour = textOf(at(service, 'spec', 'selector', colourLabel));
  return colour === 'blue' || colour === 'green' ? colour : null;
}

/** The set as its manifests name it, with a note of the colour. */
export function marked(objects: readonly KubeObject[], colour: Colour): KubeObject[] {
  return objects.map((object) => {
    const copy = structuredClone(object);
    copy.metadata.annotations = { ...recordOf(copy.metadata.annotations), [colourAnnotation]: colour };
    return copy;
  });
}

/** The set as it is applied: what is marked gets the names, labels and selectors of its colour. */
export function coloured(objects: readonly KubeObject[]): KubeObject[] {
  const colour = textOf(at(objects.find(isWorkload), 'metadata', 'annotations', colourAnnotation));
  const switched = colour === '' ? undefined : switchedIn(objects);
  if (switched === undefined || 'refusal' in switched) return [...objects];
  const suffix = `-${colour}`;
  const rest = objects.filter((object) => object !== switched.deployment);
  const { object, copies } = renameConfiguration(paint(switched.deployment, colour), {
    ...{ among: rest, suffix },
    labels: { [colourLabel]: colour },
  });
  const others = rest.map((other) => {
    if (switched.services.includes(other)) return switchTo(other, colour);
    return other.kind === 'HorizontalPodAutoscaler' ? scaling(other, switched.deployment, suffix) : other;
  });
  return [...copies, ...others, object];
}

/** Of a set that is applied, what belongs to its colour alone: the Deployment, and what only that reads. */
export function ownOf(applied: readonly KubeObject[]): KubeObject[] {
  const isCopy = (object: KubeObject) => at(object, 'metadata', 'labels', colourLabel) !== undefined;
  return applied.filter((object) => isWorkload(object) || isCopy(object));
}

export function idleColour(active: Colour | null): Colour {
  return active === null ? 'blue' : otherColour(active);
}

function paint(deployment: KubeObject, colour: string): KubeObject {
  const copy = structuredClone(deployment);
  copy.metadata.name = `${deployment.metadata.name}-${colour}`;
  const spec = recordOf(copy.spec);
  label(recordOf(spec.selector), 'matchLabels', colour);
  label(recordOf(at(spec, 'template', 'metadata')), 'labels', colour);
  return copy;
}

function switchTo(service: KubeObject, colour: string): KubeObject {
  const copy = structuredClone(service);
  label(recordOf(copy.spec), 'selector', colour);
  return copy;
}

function scaling(scaler: KubeObject, deployment: KubeObject, suffix: string): KubeObject {
  const copy = structuredClone(scaler);
  const target = recordOf(at(copy, 'spec', 'scaleTargetRef'));
  if (target.kind === 'Deployment' && target.name === deployment.metadata.name)
    target.name = `${deployment.metadata.name}${suffix}`;
  return copy;
}

function label(record: JsonObject, key: string, colour: string): void {
  record[key] = { ...recordOf(record[key]), [colourLabel]: colour };
}
