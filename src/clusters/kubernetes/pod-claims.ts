import { advise, type Hint, joinHints } from '../../domain/hint.ts';
import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import type { KubeObject } from './objects.ts';

/** How a claim stands that a pod has a volume of. */
export interface ClaimState {
  name: string;
  /** null: there is no such claim. */
  phase: string | null;
  /** What keeps it from being bound, as a hint; null: nothing. */
  trouble: Hint | null;
  /** On which nodes its volume can be used; null: on all, or nobody says. */
  nodes: JsonObject | null;
}

interface Place {
  api: Api;
  namespace: string;
}

/** Those that may be read; a claim that waits for its first pod has no trouble. */
export async function readClaims(place: Place, pod: KubeObject, signal: AbortSignal): Promise<ClaimState[]> {
  const names = listOf(at(pod, 'spec', 'volumes')).flatMap((volume) => {
    const name = textOf(at(volume, 'persistentVolumeClaim', 'claimName'));
    return name === '' ? [] : [name];
  });
  const read = names.map((name) => readClaim(place, name, signal).catch(() => signal.throwIfAborted()));
  return (await Promise.all(read)).filter((claim) => claim !== undefined);
}

async function readClaim(place: Place, name: string, signal: AbortSignal): Promise<ClaimState> {
  const path = `/api/v1/namespaces/${place.namespace}/persistentvolumeclaims/${name}`;
  const claim = await place.api.call({ path }, signal).catch((error: unknown) => {
    if (isApiError(error, 404)) return null;
    throw error;
  });
  if (claim === null) {
    const trouble = advise('claim-missing', { claim: name });
    return { name, phase: null, trouble, nodes: null };
  }
  const phase = textOf(at(claim, 'status', 'phase'));
  if (phase !== 'Bound') return { name, phase, trouble: await whyUnbound(place, claim, signal), nodes: null };
  const volume = textOf(at(claim, 'spec', 'volumeName'));
  const found = await place.api
    .call({ path: `/api/v1/persistentvolumes/${volume}` }, signal)
    .catch(() => signal.throwIfAborted());
  const nodes = at(found, 'spec', 'nodeAffinity', 'required');
  return { name, phase, trouble: null, nodes: nodes === undefined ? null : (nodes as JsonObject) };
}

async function whyUnbound(
  { api, namespace }: Place,
  claim: unknown,
  signal: AbortSignal,
): Promise<Hint | null> {
  const name = textOf(at(claim, 'metadata', 'name'));
  const query = { fieldSelector: `involvedObject.uid=${textOf(at(claim, 'metadata', 'uid'))}` };
  const path = `/api/v1/namespaces/${namespace}/events`;
  const events = listOf(
    at(await api.call({ path, query }, signal).catch(() => signal.throwIfAborted()), 'items'),
  );
  const said = events
    .toSorted((left, right) => textOf(left.lastTimestamp).localeCompare(textOf(right.lastTimestamp)))
    .at(-1);
  // Such a claim is bound where its pod goes: it keeps the pod from no node.
  if (said?.reason === 'WaitForFirstConsumer') return null;
  const wanted = textOf(at(claim, 'spec', 'storageClassName'));
  const why = said === undefined ? null : advise('claim-said', { why: textOf(said.message) });
  const unbound =
    wanted === ''
      ? advise('claim-without-class', { claim: name })
      : advise('claim-unbound', { claim: name, storage: wanted });
  return joinHints(unbound, why);
}
