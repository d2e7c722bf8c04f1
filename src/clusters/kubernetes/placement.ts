import { advise, type Hint } from '../../domain/hint.ts';
import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { type NodeReasons, reasonsAgainst } from './node-reasons.ts';
import { isReadyNode, requestsOf, roomOf } from './node-room.ts';
import type { KubeObject } from './objects.ts';
import { type ClaimState, readClaims } from './pod-claims.ts';

/** Why no node takes a pod, node by node. */
export interface Placement {
  nodes: NodeReasons[];
  /** Of how many nodes. */
  of: number;
  claims: ClaimState[];
}

/** A large cluster says the same of many nodes. */
const mostNodes = 12;

/** Asks the nodes, what runs on them, and the pod's claims. @returns null: nodes or pods may not be listed */
export async function explainPlacement(
  { api, namespace }: { api: Api; namespace: string },
  pod: KubeObject,
  signal: AbortSignal,
): Promise<Placement | null> {
  const query = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' };
  const [nodes, pods, claims] = await Promise.all([
    api.call({ path: '/api/v1/nodes' }, signal).catch(() => signal.throwIfAborted()),
    api.call({ path: '/api/v1/pods', query }, signal).catch(() => signal.throwIfAborted()),
    readClaims({ api, namespace }, pod, signal),
  ]);
  if (nodes === undefined || pods === undefined) {
    return claims.length === 0 ? null : { nodes: [], of: 0, claims };
  }
  const lists = { nodes: listOf(at(nodes, 'items')), pods: listOf(at(pods, 'items')) };
  return placementOf(pod, { ...lists, claims });
}

/** The nodes that are nearest to taking it first. */
export function placementOf(
  pod: KubeObject,
  { nodes, pods, claims }: { nodes: JsonObject[]; pods: JsonObject[]; claims: ClaimState[] },
): Placement {
  const all = nodes.map((node) => {
    const room = roomOf(node, pods);
    return { ...reasonsAgainst(pod, room, { nodes, pods, claims }), isReady: isReadyNode(node) };
  });
  const nearest = all.toSorted(
    (left, right) => Number(right.isReady) - Number(left.isReady) || left.why.length - right.why.length,
  );
  const shown = nearest.slice(0, mostNodes).map(({ isReady: _, ...reasons }) => reasons);
  return { nodes: shown, of: nodes.length, claims };
}

/** What a claim has to say is more than "unbound"; null: the scheduler's words say it all. */
export function placementHint({ claims, nodes, of }: Placement): Hint | null {
  const claim = claims.find(({ trouble }) => trouble !== null);
  if (claim?.trouble) return claim.trouble;
  // A node that would take it now: something has just gone, or the reason is one that is not looked at here.
  const free = nodes.find(({ why }) => why.length === 0);
  if (free !== undefined && of > 0) return advise('room-now', { node: free.node });
  return null;
}

/** For the records. */
export function placementSummary(pod: KubeObject, { nodes, of, claims }: Placement): JsonObject {
  const asked = requestsOf(recordOf(pod.spec));
  return {
    asked: Object.fromEntries(Object.entries(asked).filter(([name]) => name !== 'pods')),
    nodes: nodes.map(({ node, free, why }) => ({ node, free, why })),
    more: Math.max(0, of - nodes.length),
    claims: claims.map(({ name, phase, trouble }) => ({ name, phase, trouble })),
  };
}
