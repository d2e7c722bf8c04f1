import { parseImageReference } from '../../domain/image-reference.ts';
import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, numberOf, recordOf, textOf } from '../json-reading.ts';
import { containersOf, isWorkload, type KubeObject, nameOf } from './objects.ts';

/** What is allowed and yet makes rollouts worse than they need be; one line each, as a warning. */
export function lintsOf(objects: readonly KubeObject[]): string[] {
  const budgets = objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
  return objects.filter(isWorkload).flatMap((workload) => {
    const lints = [
      ...podLints(recordOf(at(workload, 'spec', 'template', 'spec'))),
      ...budgets.flatMap((budget) => budgetLints(workload, budget)),
    ];
    return lints.map((lint) => `warning: ${nameOf(workload)}: ${lint}`);
  });
}

function podLints(spec: JsonObject): string[] {
  const serving = listOf(spec.containers);
  const probeless = serving.filter(({ readinessProbe }) => readinessProbe === undefined);
  const unlimited = serving.filter(
    (container) => at(container, 'resources', 'limits', 'memory') === undefined,
  );
  return [
    ...(probeless.length === 0
      ? []
      : [
          `${namesOf(probeless)} no readinessProbe: requests come as soon as it runs, whether it can answer or not`,
        ]),
    ...(unlimited.length === 0
      ? []
      : [`${namesOf(unlimited)} no memory limit: what it takes too much, other pods of its node lack`]),
    ...containersOf(spec).flatMap(imageLints),
  ];
}

/** `container api has`, `containers api and proxy have` */
function namesOf(containers: readonly JsonObject[]): string {
  const names = containers.map(({ name }) => textOf(name));
  return names.length === 1 ? `container ${names[0]} has` : `containers ${names.join(' and ')} have`;
}

function imageLints({ name, image }: JsonObject): string[] {
  const reference = parseImageReference(textOf(image));
  if (reference === null || reference.digest !== null) return [];
  if (reference.tag !== null && reference.tag !== 'latest') return [];
  return [
    `container ${textOf(name)} uses ${textOf(image)}, which means another image tomorrow: name a version or a digest`,
  ];
}

/** A budget that allows no pod to go keeps nodes from being drained for ever. */
function budgetLints(workload: KubeObject, budget: KubeObject): string[] {
  const labels = recordOf(at(workload, 'spec', 'template', 'metadata', 'labels'));
  const selector = recordOf(at(budget, 'spec', 'selector'));
  const wanted = Object.entries(recordOf(selector.matchLabels));
  const isOurs = wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
  if (!isOurs || selector.matchExpressions !== undefined) return [];
  const replicas = numberOf(at(workload, 'spec', 'replicas'), 1);
  const { minAvailable, maxUnavailable } = recordOf(budget.spec);
  const keepsAll =
    minAvailable === '100%' ||
    (typeof minAvailable === 'number' && minAvailable >= replicas) ||
    maxUnavailable === 0 ||
    maxUnavailable === '0%';
  if (workload.kind === 'DaemonSet' || replicas === 0 || !keepsAll) return [];
  const pods = replicas === 1 ? 'its one pod' : `any of its ${replicas} pods`;
  return [`${nameOf(budget)} does not let ${pods} go: its node can never be drained`];
}
