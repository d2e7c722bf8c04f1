import { setTimeout as delay } from 'node:timers/promises';
import { at, listOf } from '../../src/clusters/json-reading.ts';
import { openAccess } from '../../src/clusters/kubernetes/access.ts';
import { type Api, createApi } from '../../src/clusters/kubernetes/api.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Sight } from '../../test/clusters/kubernetes/catalogue/row.ts';
import { kubernetes } from '../../test/support/kubernetes.ts';

export interface Observer extends AsyncDisposable {
  /** When a namespace first showed it (`performance.now()`), looking about five times a second. */
  firstSight(namespace: string, isShown: (sight: Sight) => boolean): Promise<number>;
}

const everyMs = 200;

/** Somebody who looks at the whole cluster again and again, without our watches and rules. */
export async function startObserver(): Promise<Observer> {
  const { kubeconfig } = await kubernetes();
  const access = await openAccess({ kubeconfig, context: null });
  const api = createApi(access);
  const stopping = new AbortController();
  const waiting = new Set<(sights: Awaited<ReturnType<typeof lookAround>>) => void>();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const sights = await lookAround(api, stopping.signal).catch(() => undefined);
      if (sights !== undefined) for (const tell of [...waiting]) tell(sights);
      await delay(everyMs);
    }
  })();
  return {
    firstSight: (namespace, isShown) =>
      new Promise((resolve) => {
        const tell = (sights: Awaited<ReturnType<typeof lookAround>>) => {
          if (!isShown(sights.of(namespace))) return;
          waiting.delete(tell);
          resolve(sights.at);
        };
        waiting.add(tell);
      }),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await loop;
      access.close();
    },
  };
}

async function lookAround(api: Api, signal: AbortSignal) {
  // The moment before the question: what the answer shows was there at the latest when it came.
  const asked = performance.now();
  const paths = ['/api/v1/pods', '/api/v1/events', '/apis/apps/v1/deployments', '/apis/apps/v1/statefulsets'];
  const [pods, events, ...workloads] = await Promise.all(
    paths.map(async (path) => listOf(at(await api.call({ path }, signal), 'items'))),
  );
  const within = (objects: JsonObject[], namespace: string) =>
    objects.filter((object) => at(object, 'metadata', 'namespace') === namespace);
  return {
    at: asked,
    of: (namespace: string): Sight => ({
      pods: within(pods ?? [], namespace),
      events: within(events ?? [], namespace),
      workloads: within(workloads.flat(), namespace),
    }),
  };
}
