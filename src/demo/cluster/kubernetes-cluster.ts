import { setTimeout as delay } from 'node:timers/promises';
import { openAccess } from '../../clusters/kubernetes/access.ts';
import { type Api, createApi } from '../../clusters/kubernetes/api.ts';
import { ApiError } from '../../clusters/kubernetes/api-error.ts';
import { clusterUid } from '../../clusters/kubernetes/kubernetes-cluster.ts';
import type { DemoCluster } from './demo-cluster.ts';

export interface KubernetesSetting {
  /** A context of the user's kubeconfig, which the user has named. */
  context: string;
  /** Of the demo; part of the namespace's name. */
  id: string;
  image: string;
}

/** A namespace of the demo's own, made here and deleted with all in it at the end. */
export async function openKubernetesCluster(
  { context, id, image }: KubernetesSetting,
  signal: AbortSignal,
): Promise<DemoCluster & AsyncDisposable> {
  await using opening = new AsyncDisposableStack();
  const namespace = `trunkline-demo-${id}`;
  const access = await openAccess({ kubeconfig: null, context });
  opening.defer(() => access.close());
  const api = createApi(access);
  const uid = await clusterUid(api, signal);
  await makeNamespace(api, namespace, signal);
  opening.defer(() => deleteNamespace(api, namespace));
  const service = `/api/v1/namespaces/${namespace}/services/hello:80/proxy/`;
  const opened = opening.move();
  return {
    detail: `namespace ${namespace} of the context ${context} (${api.server})`,
    environment: { kubernetes: { context, namespace }, ...(uid !== null && { 'cluster-id': uid }) },
    manifest: manifest(image),
    address: `kubectl --context ${context} get --raw ${service}`,
    ask: async (path, asking) => (await api.text({ path: `${service}${path}` }, asking)).trim(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** That of an earlier demo may still be on its way out. */
async function makeNamespace(api: Api, name: string, signal: AbortSignal): Promise<void> {
  const end = performance.now() + 120_000;
  for (;;) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    try {
      await api.call({ method: 'POST', path: '/api/v1/namespaces', body }, signal);
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || performance.now() > end) throw error;
      if (await isActive(api, name, signal)) return;
    }
    await delay(500, undefined, { signal });
  }
}

async function isActive(api: Api, name: string, signal: AbortSignal): Promise<boolean> {
  const answer = await api.text({ path: `/api/v1/namespaces/${name}` }, signal).catch(ignoreMissing);
  return answer !== undefined && JSON.parse(answer).status?.phase === 'Active';
}

async function deleteNamespace(api: Api, name: string): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  await api
    .call({ method: 'DELETE', path: `/api/v1/namespaces/${name}`, body: {} }, signal)
    .catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.status !== 404) throw error;
}

function manifest(image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: hello }
spec:
  replicas: 2
  selector: { matchLabels: { app: hello } }
  template:
    metadata: { labels: { app: hello } }
    spec:
      containers:
        - name: hello
          image: ${image}
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /version, port: 8080 }, periodSeconds: 1 }
          lifecycle: { preStop: { exec: { command: [sleep, '1'] } } }
---
apiVersion: v1
kind: Service
metadata: { name: hello }
spec: { selector: { app: hello }, ports: [{ port: 80, targetPort: 8080 }] }
`;
}
