import { setTimeout as delay } from 'node:timers/promises';
import { at, listOf } from '../../src/clusters/json-reading.ts';
import { openAccess } from '../../src/clusters/kubernetes/access.ts';
import { type Api, createApi } from '../../src/clusters/kubernetes/api.ts';
import type { Sight } from '../../test/clusters/kubernetes/catalogue/row.ts';

export interface Observer extends Disposable {
  /** When a namespace first shows it (`performance.now()`), looking about five times a second. */
  firstSight(namespace: string, isShown: (sight: Sight) => boolean): Promise<number>;
}

const everyMs = 200;

/** Somebody who looks at a namespace again and again, without our watches and rules. */
export async function startObserver(kubeconfig: string): Promise<Observer> {
  const access = await openAccess({ kubeconfig, context: null });
  const api = createApi(access);
  const stopping = new AbortController();
  return {
    async firstSight(namespace, isShown) {
      for (;;) {
        // The moment before the question: what the answer shows was there at the latest when it came.
        const asked = performance.now();
        if (isShown(await lookAt(api, namespace, stopping.signal))) return asked;
        await delay(everyMs, undefined, { signal: stopping.signal });
      }
    },
    [Symbol.dispose]() {
      stopping.abort();
      access.close();
    },
  };
}

async function lookAt(api: Api, namespace: string, signal: AbortSignal): Promise<Sight> {
  const list = async (group: string, kind: string) =>
    listOf(at(await api.call({ path: `${group}/namespaces/${namespace}/${kind}` }, signal), 'items'));
  const [pods, events, deployments, sets] = await Promise.all([
    list('/api/v1', 'pods'),
    list('/api/v1', 'events'),
    list('/apis/apps/v1', 'deployments'),
    list('/apis/apps/v1', 'statefulsets'),
  ]);
  return { pods, events, workloads: [...deployments, ...sets] };
}
