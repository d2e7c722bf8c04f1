import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import type { Lint } from './lints/lint.ts';
import {
  amountsOf,
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

/** The hard limit of eviction that a kubelet has by default: less than that is no reservation. */
const defaultEvictionBytes = 100 * 2 ** 20;
const mostNames = 5;
/** A large cluster has many pods, and a rollout need not wait for advice. */
const patienceMs = 5_000;

/**
 * Whether the pods that a rollout adds, those of a scale-up and for a while those of maxSurge, fit into what the nodes
 * have left, and which nodes reserve nothing for kubelet and system. This is help, not a condition.
 */
export async function nodeLints(
  { api }: { api: Api },
  objects: readonly Replaced[],
  signal: AbortSignal,
): Promise<NodeLints | null> {
  const query = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const read = (path: string, asked: Record<string, string> = {}) =>
    api.call({ path, query: asked }, limit).catch(() => signal.throwIfAborted());
  const [nodes, pods] = await Promise.all([read('/api/v1/nodes'), read('/api/v1/pods', query)]);
  if (nodes === undefined || pods === undefined) return null;
  return lintsOfNodes(listOf(at(nodes, 'items')), listOf(at(pods, 'items')), objects);
}

/** @param pods those of all namespaces that have not ended */
export function lintsOfNodes(
  nodes: readonly JsonObject[],
  pods: readonly JsonObject[],
  objects: readonly Replaced[],
): NodeLints {
  const rooms = nodes.filter(isOpen).map((node) => roomOf(node, pods));
  const ofWorkload = new Map<string, Lint>();
  for (const replaced of objects.filter(({ result }) => isWorkload(result))) {
    const lint = placed(rooms, replaced);
    if (lint !== undefined) ofWorkload.set(nameOf(replaced.result), lint);
  }
  return { ofWorkload, ofNodes: reservationLint(nodes) };
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

function reservationLint(nodes: readonly JsonObject[]): Lint | null {
  const names = nodes
    .filter((node) => !isReserving(node))
    .map((node) => textOf(at(node, 'metadata', 'name')));
  if (names.length === 0) return null;
  const shown = names.slice(0, mostNames).join(', ');
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
  const which = `node${names.length === 1 ? '' : 's'} ${shown}${more}`;
  return {
    name: 'nothing-reserved',
    text: `${which} of ${nodes.length}: nothing is reserved for kubelet and system, so pods that take all the memory take the node with them; set kubeReserved and systemReserved of the kubelet`,
  };
}

function isReserving(node: JsonObject): boolean {
  const [all, given] = [at(node, 'status', 'capacity'), at(node, 'status', 'allocatable')].map(amountsOf);
  const reserved = (name: string) => (all?.[name] ?? 0) - (given?.[name] ?? 0);
  return reserved('cpu') > 0 || reserved('memory') > defaultEvictionBytes;
}
