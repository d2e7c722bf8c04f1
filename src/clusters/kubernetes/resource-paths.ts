import type { Refusal } from '../cluster.ts';
import { listOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';

/** Where the objects of a kind live: `/apis/apps/v1/namespaces/shop/deployments`. */
export interface ResourcePaths {
  /** @returns the collection's path, or why a namespace cannot hold the kind */
  find(kind: KindName, signal: AbortSignal): Promise<{ path: string } | Refusal>;
}

export interface KindName {
  apiVersion: string;
  kind: string;
}

/** Asks the API server once for each group and version; again only for a kind that it did not know. */
export function discoverResources(api: Api, namespace: string): ResourcePaths {
  const known = new Map<string, Map<string, Resource>>();
  return {
    async find({ apiVersion, kind }, signal) {
      let resource = known.get(apiVersion)?.get(kind);
      if (resource === undefined) {
        const resources = await readResources(api, apiVersion, signal);
        known.set(apiVersion, resources);
        resource = resources.get(kind);
      }
      if (resource === undefined) return { refusal: `the cluster knows no kind ${kind} in ${apiVersion}` };
      if (!resource.namespaced) {
        return {
          refusal: `${kind} belongs to the whole cluster, and this environment is one namespace of it`,
        };
      }
      return { path: `${groupPath(apiVersion)}/namespaces/${namespace}/${resource.plural}` };
    },
  };
}

interface Resource {
  plural: string;
  namespaced: boolean;
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

async function readResources(
  api: Api,
  apiVersion: string,
  signal: AbortSignal,
): Promise<Map<string, Resource>> {
  try {
    const list = recordOf(await api.call({ path: groupPath(apiVersion) }, signal));
    const resources = listOf(list.resources).filter((resource) => !textOf(resource.name).includes('/'));
    return new Map(
      resources.map((resource) => [
        textOf(resource.kind),
        { plural: textOf(resource.name), namespaced: resource.namespaced === true },
      ]),
    );
  } catch (error) {
    if (isApiError(error, 404)) return new Map();
    throw error;
  }
}
