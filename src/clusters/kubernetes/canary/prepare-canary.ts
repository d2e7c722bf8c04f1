import { type CanaryWish, isRefusal, type Refusal } from '../../cluster.ts';
import { at, listOf } from '../../json-reading.ts';
import { accessReview } from '../access-review.ts';
import type { Api } from '../api.ts';
import { isApiError } from '../api-error.ts';
import type { ObjectWriter } from '../object-writer.ts';
import { isKubeObject, type KubeObject } from '../objects.ts';
import { hasSelector } from '../service-rule.ts';
import { canaryTarget, renderCanary } from './render-canary.ts';

export interface CanaryDeps {
  api: Api;
  writer: ObjectWriter;
  namespace: string;
}

/** What stands for a rendered set as its canary; refused where a canary could not work. */
export async function prepareCanary(
  deps: CanaryDeps,
  { objects, wish }: { objects: readonly KubeObject[]; wish: CanaryWish },
  signal: AbortSignal,
): Promise<KubeObject[] | Refusal> {
  const target = canaryTarget(objects);
  if (isRefusal(target)) return target;
  const found = await deps.writer.read({ ...target, name: target.metadata.name }, signal);
  if (isRefusal(found)) return found;
  const { api } = deps;
  if (!(await accessReview(api, { verb: 'delete', path: found.path, signal }))) {
    const refusal = `a canary is deleted in the end, and Trunkline may not do that on ${api.server}: give its Role the verb delete on deployments and configmaps`;
    return { refusal };
  }
  const services = await servicesOf(deps, signal);
  return renderCanary(objects, { wish, stable: found.live, services });
}

/** null: we may not look. */
async function servicesOf(
  { api, namespace }: Pick<CanaryDeps, 'api' | 'namespace'>,
  signal: AbortSignal,
): Promise<KubeObject[] | null> {
  try {
    const path = `/api/v1/namespaces/${namespace}/services`;
    const items = listOf(at(await api.call({ path }, signal), 'items'));
    return items
      .map((item) => ({ apiVersion: 'v1', kind: 'Service', ...item }))
      .filter(isKubeObject)
      .filter(hasSelector);
  } catch (error) {
    if (isApiError(error, 403)) return null;
    throw error;
  }
}
