import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import type { Lint } from './lints/lint.ts';
import { type AskReservations, reservationLint } from './node-reservation.ts';
import {
  barringTaints,
  fits,
  isReadyNode,
  missingLabels,
  type Room,
  requestsOf,
  roomOf,
  take,
} from './node-room.ts';
import { isWorkload, nameOf } from './objects.ts';
import { addedPods, type Replaced } from './quota-fit.ts';

/** What nodes have to say about a rollout. null: they, or what runs on them, may not be read. */
export interface NodeLints {
  /** `deployment/cart` -> its pods find no room. */
  ofWorkload: ReadonlyMap<string, Lint>;
  /** Of the cluster: which nodes keep nothing for themselves. */
  ofNodes: Lint | null;
}

/** A large cluster has many pods, and a rollout need not wait for advice. */
const patienceMs = 5_000;

export interface NodeLintDeps {
  api: Api;
  reservations: AskReservations;
}

/**
 * Whether the pods that a rollout adds, those of a scale-up and for a while those of maxSurge, fit into what the nodes
 * have left, and which nodes reserve nothing for kubelet and system. This is help, not a condition.
 */
export async function nodeLints(
  { api, reservations }: NodeLintDeps,
  objects: readonly Replaced[],
  signal: AbortSignal,
): Promise<NodeLints | null> {
  const query = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const read = (path: string, asked: Record<string, string> = {}) =>
    api.call({ path, query: asked }, limit).catch(() => signal.throwIfAborted());
  const [nodes, pods] = await Promise.all([read('/api/v1/nodes'), read('/api/v1/pods', query)]);
  if (nodes === undefined || pods === undefined) return null;
  const all = listOf(at(nodes, 'items'));
  const told = await reservations(all, limit).catch(() => signal.throwIfAborted());
  return lintsOfNodes(all, { pods: listOf(at(pods, 'items')), told: told ?? [] }, objects);
}

/**
 * @param pods those of all namespaces that have not ended
 * @param told what kubelets say of their reservations, as far as they were asked
 */
export function lintsOfNodes(
  nodes: readonly JsonObject[],
  { pods, told = [] }: { pods: readonly JsonObject[]; told?: readonly string[] },
  objects: readonly Replaced[],
): NodeLints {
  const rooms = nodes.filter(isOpen).map((node) => roomOf(node, pods));
  const ofWorkload = new Map<string, Lint>();
  for (const replaced of objects.filter(({ result }) => isWorkload(result))) {
    const lint = placed(rooms, replaced);
    if (lint !== undefined) ofWorkload.set(nameOf(replaced.result), lint);
  }
  return { ofWorkload, ofNodes: reservationLint(nodes, told) };
}

function isOpen(node: JsonObject): boolean {
  return at(node, 'spec', 'unschedulable') !== true && isReadyNode(node);
}

/** Each pod where it fits first, and what it takes is gone for the next. */
function placed(rooms: readonly Room[], { result, live }: Replaced): Lint | undefined {
  const spec = recordOf(at(result, 'spec', 'template', 'spec'));
  const wanted = addedPods(result, live);
  const needs = requestsOf(spec);
  const open = rooms.filter(({ node }) => mayRunOn(spec, node));
  let fitting = 0;
  while (fitting < wanted) {
    const room = open.find(({ left }) => fits(left, needs));
    if (room === undefined) break;
    take(room.left, needs);
    fitting++;
  }
  if (fitting === wanted) return undefined;
  const asked = listOf(spec.containers).flatMap(({ resources }) =>
    Object.entries(recordOf(recordOf(resources).requests)).map(([name, amount]) => `${name} ${amount}`),
  );
  const each = asked.length === 0 ? '' : `, which ask for ${asked.join(', ')} each`;
  return {
    name: 'no-room',
    text: `of the ${wanted} pods that this rollout adds (maxSurge and more replicas)${each}, ${fitting} fit into what the nodes have left: the others wait until something goes; lower maxSurge or the requests, or add a node`,
  };
}

/** By selector and taints; affinity is not looked at. */
function mayRunOn(spec: JsonObject, node: JsonObject): boolean {
  return missingLabels(spec, node).length === 0 && barringTaints(spec, node).length === 0;
}
