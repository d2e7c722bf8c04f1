import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, numberOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { desiredOf } from './done-rule.ts';
import { isWorkload, type KubeObject } from './objects.ts';
import { quantityOf } from './quantity.ts';

/** An object as it will be, with the API's own defaults, and as it is. */
export interface Replaced {
  result: KubeObject;
  live: KubeObject | null;
}

/**
 * Warns of a quota that has no room for the pods which a rollout adds: those of a scale-up, and for a while those of
 * maxSurge. Nothing where the quotas may not be read: this is help, not a condition.
 */
export async function quotaWarnings(
  { api, namespace }: { api: Api; namespace: string },
  objects: readonly Replaced[],
  signal: AbortSignal,
): Promise<string[]> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const list = await api.call({ path }, signal).catch(() => signal.throwIfAborted());
  const needs = sum(objects.filter(({ result }) => isWorkload(result)).map(needsOf));
  return listOf(at(list, 'items')).flatMap((quota) => tightIn(quota, needs));
}

/** What is asked for beyond what is there, by the names that quotas have for it. */
function needsOf({ result, live }: Replaced): Map<string, number> {
  const pods = addedPods(result, live);
  const containers = listOf(at(result, 'spec', 'template', 'spec', 'containers'));
  const each = containers.flatMap(({ resources }) => [
    ...amountsOf(recordOf(resources).requests, ['', 'requests.']),
    ...amountsOf(recordOf(resources).limits, ['limits.']),
  ]);
  return sum([
    new Map([['pods', pods]]),
    ...each.map(([resource, amount]) => new Map([[resource, pods * amount]])),
  ]);
}

function amountsOf(resources: unknown, prefixes: readonly string[]): [string, number][] {
  return Object.entries(recordOf(resources)).flatMap(([resource, amount]) =>
    prefixes.map((prefix): [string, number] => [`${prefix}${resource}`, quantityOf(amount)]),
  );
}

/** For good or for a while. */
export function addedPods(result: KubeObject, live: KubeObject | null): number {
  // What is applied already is counted already.
  if (result.kind === 'DaemonSet' || result === live) return 0;
  const wanted = desiredOf(result);
  if (live === null) return wanted;
  const more = Math.max(0, wanted - desiredOf(live));
  const strategy = recordOf(at(result, 'spec', 'strategy'));
  if (result.kind !== 'Deployment' || strategy.type === 'Recreate') return more;
  return more + surgeOf(recordOf(strategy.rollingUpdate).maxSurge ?? '25%', wanted);
}

/** As the cluster counts it: parts of a pod become a whole one. */
function surgeOf(value: unknown, wanted: number): number {
  const percent = /^(\d+)%$/.exec(String(value))?.[1];
  return percent === undefined ? numberOf(value, 0) : Math.ceil((Number(percent) * wanted) / 100);
}

function sum(all: readonly Map<string, number>[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const needs of all) {
    for (const [name, amount] of needs) total.set(name, (total.get(name) ?? 0) + amount);
  }
  return total;
}

function tightIn(quota: JsonObject, needs: ReadonlyMap<string, number>): string[] {
  // One with a scope counts some pods only.
  const isScoped =
    at(quota, 'spec', 'scopes') !== undefined || at(quota, 'spec', 'scopeSelector') !== undefined;
  if (isScoped) return [];
  const [hard, used] = [recordOf(at(quota, 'status', 'hard')), recordOf(at(quota, 'status', 'used'))];
  return [...needs].flatMap(([resource, needed]) => {
    const room = quantityOf(hard[resource]) - quantityOf(used[resource]);
    if (Number.isNaN(room) || needed <= room) return [];
    const name = textOf(at(quota, 'metadata', 'name'));
    const taken = `${textOf(used[resource])} of ${textOf(hard[resource])} ${resource} are used`;
    const excess = Number((needed - room).toPrecision(3));
    return [
      `warning: the quota ${name} has too little room for the pods that this rollout adds (maxSurge and more replicas): ${taken}, it needs ${excess} ${resource} more; lower maxSurge or raise the quota`,
    ];
  });
}
