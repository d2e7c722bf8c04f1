import type { JsonObject } from '../../domain/json.ts';
import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import { ingressLints } from './ingress-lints.ts';
import { successorOf } from './lints/deprecated.ts';
import type { Lint } from './lints/lint.ts';
import { type Reference, referencesOf } from './lints/references.ts';
import { noPodNames, podNameLintsOf, podNameServiceOf } from './lints/services.ts';
import { isWorkload, type KubeObject, nameOf, toKubeObject } from './objects.ts';
import { hasSelector } from './service-rule.ts';

/** What only a look into the namespace tells about a set. */
export interface Surroundings {
  /** `deployment/cart` -> what its pods read, and neither the set nor the namespace has. */
  ofWorkload: ReadonlyMap<string, readonly Lint[]>;
  /** Of the set's other objects. */
  ofSet: readonly Lint[];
  /** The volume claims of the namespace that the set's workloads use. */
  claims: readonly KubeObject[];
}

interface Place {
  api: Api;
  namespace: string;
}

const patienceMs = 5_000;

/**
 * @param objects what is written now
 * @param known all of the set, however much of it is written now
 * @returns null: it took too long, or the cluster has other worries. This is help, not a condition
 */
export async function lookAround(
  place: Place,
  { objects, known }: { objects: readonly KubeObject[]; known: readonly KubeObject[] },
  signal: AbortSignal,
): Promise<Surroundings | null> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    const looks = await Promise.all(
      objects.filter(isWorkload).map(async (workload) => {
        const found = await Promise.all(
          referencesOf(workload)
            .filter((wanted) => !known.some((object) => isMeant(object, wanted)))
            .map((wanted) => lookFor(place, wanted, limit)),
        );
        const names = await lookForNames(place, { workload, known }, limit);
        return { workload: nameOf(workload), found, names };
      }),
    );
    const ofSet = await Promise.all(
      objects.map((object) => lintsOfObject(place, { object, objects: known }, limit)),
    );
    return {
      ofWorkload: new Map(
        looks.map(({ workload, found, names }) => [
          workload,
          [...found.flatMap(({ lint }) => lint ?? []), ...names],
        ]),
      ),
      ofSet: ofSet.flat(),
      claims: looks.flatMap(({ found }) => found.flatMap(({ claim }) => claim ?? [])),
    };
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

function isMeant(object: KubeObject, { kind, name }: Reference): boolean {
  return object.kind === kind && object.metadata.name === name;
}

interface Found {
  lint?: Lint;
  claim?: KubeObject;
}

async function lookFor(
  { api, namespace }: Place,
  { kind, name, use }: Reference,
  signal: AbortSignal,
): Promise<Found> {
  const path = `/api/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
  try {
    const object = await api.call({ path }, signal);
    return kind === 'PersistentVolumeClaim' ? { claim: toKubeObject(object) } : {};
  } catch (error) {
    if (isApiError(error, 403)) return {};
    if (!isApiError(error, 404)) throw error;
    const text = `it reads ${kind.toLowerCase()}/${name} ${use}, and neither the manifests nor the namespace have it: its pods do not start until it is made`;
    return { lint: { name: 'missing-reference', text } };
  }
}

/** The Service that gives the pods of a StatefulSet their names, where the set does not have it. */
async function lookForNames(
  { api, namespace }: Place,
  { workload, known }: { workload: KubeObject; known: readonly KubeObject[] },
  signal: AbortSignal,
): Promise<Lint[]> {
  const name = podNameServiceOf(workload) ?? '';
  if (name === '' || known.some((object) => object.kind === 'Service' && object.metadata.name === name)) {
    return [];
  }
  try {
    const path = `/api/v1/namespaces/${namespace}/services/${name}`;
    return podNameLintsOf(toKubeObject(await api.call({ path }, signal)));
  } catch (error) {
    if (isApiError(error, 403)) return [];
    if (!isApiError(error, 404)) throw error;
    return [noPodNames(`its serviceName is ${name}, and neither the manifests nor the namespace have it`)];
  }
}

async function lintsOfObject(
  place: Place,
  { object, objects }: { object: KubeObject; objects: readonly KubeObject[] },
  signal: AbortSignal,
): Promise<Lint[]> {
  return [
    ...(await lintsOfVersion(place, object, signal)),
    ...(await lintsOfSelector(place, { object, objects }, signal)),
    ...(await ingressLints(place, { object, objects }, signal)),
  ];
}

/** Only where the cluster has the new one already. */
async function lintsOfVersion({ api }: Place, object: KubeObject, signal: AbortSignal): Promise<Lint[]> {
  const successor = successorOf(object);
  if (successor === undefined) return [];
  try {
    const offered = await api.call({ path: `/apis/${successor.apiVersion}` }, signal);
    if (!listOf(at(offered, 'resources')).some(({ kind }) => kind === object.kind)) return [];
  } catch (error) {
    if (isApiError(error, 404) || isApiError(error, 403)) return [];
    throw error;
  }
  const text = `${nameOf(object)} is of ${object.apiVersion}, which Kubernetes ${successor.goneIn} has no longer: write ${successor.apiVersion}`;
  return [{ name: 'old-api', text }];
}

/** What is there for pods, and selects none. */
async function lintsOfSelector(
  { api, namespace }: Place,
  { object, objects }: { object: KubeObject; objects: readonly KubeObject[] },
  signal: AbortSignal,
): Promise<Lint[]> {
  const wanted = Object.entries(wantedLabels(object));
  if (wanted.length === 0) return [];
  const isOurs = objects.filter(isWorkload).some((workload) => {
    const labels = recordOf(at(workload, 'spec', 'template', 'metadata', 'labels'));
    return wanted.every(([key, value]) => labels[key] === value);
  });
  if (isOurs) return [];
  const labelSelector = wanted.map(([key, value]) => `${key}=${textOf(value)}`).join(',');
  const query = { labelSelector, limit: '1' };
  const pods = await api.call({ path: `/api/v1/namespaces/${namespace}/pods`, query }, signal);
  if (listOf(at(pods, 'items')).length > 0) return [];
  const text = `${nameOf(object)} selects ${labelSelector}, and no pod of the manifests or the namespace has that`;
  return [
    object.kind === 'Service'
      ? { name: 'idle-service', text: `${text}: it leads nowhere, and the rollout fails in the end` }
      : { name: 'idle-budget', text: `${text}: it protects nothing` },
  ];
}

/** None where it selects nothing by plain labels. */
function wantedLabels(object: KubeObject): JsonObject {
  if (object.kind === 'Service') return hasSelector(object) ? recordOf(at(object, 'spec', 'selector')) : {};
  if (object.kind !== 'PodDisruptionBudget') return {};
  const { matchLabels, matchExpressions } = recordOf(at(object, 'spec', 'selector'));
  return matchExpressions === undefined ? recordOf(matchLabels) : {};
}
