import type { Refusal } from '../cluster.ts';
import { listOf, recordOf, textOf } from '../json-reading.ts';
import type { Api } from './api.ts';
import { isApiError } from './api-error.ts';
import { whatIsMeant } from './known-elsewhere.ts';

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
  const read = async (apiVersion: string, signal: AbortSignal) => {
    const resources = await readResources(api, apiVersion, signal);
    known.set(apiVersion, resources);
    return resources;
  };
  const readKinds = async (apiVersion: string, signal: AbortSignal) => [
    ...(known.get(apiVersion) ?? (await read(apiVersion, signal))).keys(),
  ];
  return {
    async find({ apiVersion, kind }, signal) {
      const resource = known.get(apiVersion)?.get(kind) ?? (await read(apiVersion, signal)).get(kind);
      if (resource === undefined) {
        const meant = await whatIsMeant({ api, readKinds }, { apiVersion, kind }, signal);
        return { refusal: `this cluster knows no ${kind} of ${apiVersion}; ${meant}` };
      }
      if (!resource.namespaced) {
        return {
          refusal: `a ${kind} belongs to the whole cluster, and this environment is one namespace of it: ask the cluster's operators to make it`,
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
