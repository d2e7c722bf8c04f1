import type { JsonObject } from '../../../domain/json.ts';
import { at, listOf, numberOf, recordOf, textOf } from '../../json-reading.ts';
import { type KubeObject, nameOf } from '../objects.ts';
import { isAutoscaler, targetOf } from '../scalers.ts';
import { namesOf } from './containers.ts';
import type { Lint } from './lint.ts';

/** What makes a workload lose requests during its own rollouts, or stand in the way of others. */
export function availabilityLints(workload: KubeObject, objects: readonly KubeObject[]): Lint[] {
  const isServed = objects.some((object) => object.kind === 'Service' && selects(object, workload));
  const budgets = objects.filter(({ kind }) => kind === 'PodDisruptionBudget');
  const scalers = objects.filter(isAutoscaler);
  return [
    ...(isServed ? [...endLints(workload), ...unavailableLints(workload)] : []),
    ...budgets.flatMap((budget) => budgetLints(workload, budget)),
    ...scalers.flatMap((scaler) => scalerLints(workload, scaler)),
  ];
}

function selects(service: KubeObject, workload: KubeObject): boolean {
  const selector = Object.entries(recordOf(at(service, 'spec', 'selector')));
  const labels = recordOf(at(workload, 'spec', 'template', 'metadata', 'labels'));
  return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
}

/** A pod is told to end while nodes still send it requests: it must go on serving for some seconds. */
function endLints(workload: KubeObject): Lint[] {
  const spec = recordOf(at(workload, 'spec', 'template', 'spec'));
  const grace = numberOf(spec.terminationGracePeriodSeconds, 30);
  const serving = listOf(spec.containers).filter(({ ports, readinessProbe }) => {
    return listOf(ports).length > 0 || readinessProbe !== undefined;
  });
  const abrupt = serving.filter((container) => at(container, 'lifecycle', 'preStop') === undefined);
  const longest = Math.max(0, ...serving.map(pauseOf));
  return [
    ...(abrupt.length === 0
      ? []
      : [
          {
            name: 'ends-at-once' as const,
            text: `${namesOf(abrupt)} no preStop: requests still come for some seconds after SIGTERM, so unless it serves on and ends then, they are lost; add a preStop of \`sleep 5\`, or say that it does`,
          },
        ]),
    ...(grace > longest
      ? []
      : [
          {
            name: 'short-grace' as const,
            text: `its terminationGracePeriodSeconds (${grace}) leave no time after preStop (${longest} s): requests under way are cut off`,
          },
        ]),
  ];
}

/** Seconds of a preStop that sleeps. */
function pauseOf(container: JsonObject): number {
  const preStop = recordOf(at(container, 'lifecycle', 'preStop'));
  const command = listOfText(at(preStop, 'exec', 'command')).join(' ');
  return Number(/\bsleep (\d+)/.exec(command)?.[1] ?? numberOf(at(preStop, 'sleep', 'seconds'), 0));
}

function listOfText(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

/** During a rollout none of its pods need be there. */
function unavailableLints(workload: KubeObject): Lint[] {
  const replicas = numberOf(at(workload, 'spec', 'replicas'), 1);
  if (replicas === 0) return [];
  const lint = (how: string): Lint[] => [
    {
      name: 'all-unavailable',
      text: `${how}: during each rollout its Service has nobody to send requests to`,
    },
  ];
  if (workload.kind === 'StatefulSet')
    return replicas === 1 ? lint('its one pod is ended before the new one is made') : [];
  if (workload.kind !== 'Deployment') return [];
  const strategy = recordOf(at(workload, 'spec', 'strategy'));
  if (strategy.type === 'Recreate') return lint('its strategy is Recreate');
  const { maxUnavailable = '25%' } = recordOf(strategy.rollingUpdate);
  const absent = partOf(maxUnavailable, replicas);
  return absent >= replicas
    ? lint(`its maxUnavailable (${String(maxUnavailable)}) lets all of its ${replicas} pods go`)
    : [];
}

/** As the cluster counts it: parts of a pod do not become unavailable. */
function partOf(value: unknown, replicas: number): number {
  const percent = /^(\d+)%$/.exec(String(value))?.[1];
  return percent === undefined ? numberOf(value, 0) : Math.floor((Number(percent) * replicas) / 100);
}

/** A budget that allows no pod to go keeps nodes from being drained for ever. */
function budgetLints(workload: KubeObject, budget: KubeObject): Lint[] {
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
  const text = `${nameOf(budget)} does not let ${pods} go: its node can never be drained`;
  return [{ name: 'undrainable', text }];
}

/** Two that say how many pods there are undo each other's work. */
function scalerLints(workload: KubeObject, scaler: KubeObject): Lint[] {
  const isOurs = targetOf(scaler) === nameOf(workload);
  const replicas = at(workload, 'spec', 'replicas');
  if (!isOurs || replicas === undefined) return [];
  const text = `it says replicas (${String(replicas)}) although ${nameOf(scaler)} decides on them: leave them out`;
  return [{ name: 'fixed-replicas', text }];
}
