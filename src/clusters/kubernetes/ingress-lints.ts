import { at, listOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import type { Lint } from './lints/lint.ts';
import { type KubeObject, nameOf } from './objects.ts';

/** What an Ingress names, and nobody has. @param objects the whole set that it is of */
export async function ingressLints(
  { api, namespace }: { api: Api; namespace: string },
  { object, objects }: { object: KubeObject; objects: readonly KubeObject[] },
  signal: AbortSignal,
): Promise<Lint[]> {
  if (object.kind !== 'Ingress') return [];
  const own = objects.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
  const wanted = servicesOf(object).filter((name) => !own.includes(name));
  const className = textOf(at(object, 'spec', 'ingressClassName'));
  const [services, classes] = await Promise.all([
    wanted.length === 0 ? null : namesIn(api, `/api/v1/namespaces/${namespace}/services`, signal),
    className === '' ? null : namesIn(api, '/apis/networking.k8s.io/v1/ingressclasses', signal),
  ]);
  const gone = services === null ? [] : wanted.filter((name) => !services.includes(name));
  const texts = gone.map(
    (name) =>
      `leads to service/${name}, and neither the manifests nor the namespace have it: whoever comes by it meets an error`,
  );
  if (classes !== null && !classes.includes(className))
    texts.push(`is of the class ${className}, which the cluster does not have: nobody serves it`);
  return texts.map((text) => ({ name: 'idle-ingress', text: `${nameOf(object)} ${text}` }));
}

/** Each once; before networking.k8s.io/v1 they were named otherwise. */
function servicesOf({ spec }: KubeObject): string[] {
  const paths = listOf(at(spec, 'rules')).flatMap((rule) => listOf(at(rule, 'http', 'paths')));
  const { defaultBackend, backend } = recordOf(spec);
  const backends = [defaultBackend, backend, ...paths.map((path) => path.backend)];
  const names = backends.map((one) => textOf(at(one, 'service', 'name')) || textOf(at(one, 'serviceName')));
  return [...new Set(names)].filter((name) => name !== '');
}

/** null: the cluster has no such kind, or we may not look. */
async function namesIn(api: Api, path: string, signal: AbortSignal): Promise<string[] | null> {
  try {
    const list = await api.call({ path }, signal);
    return listOf(at(list, 'items')).map((item) => textOf(at(item, 'metadata', 'name')));
  } catch (error) {
    if (isApiError(error, 403) || isApiError(error, 404)) return null;
    throw error;
  }
}
