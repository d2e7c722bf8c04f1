import { at } from '../json-reading.ts';
import type { Api } from './api.ts';

/**
 * Whether the cluster's rules let us do something. A 403 tells by its text alone whether our account lacks the right
 * or admission refused the object, so the server is asked.
 */
export async function accessReview(
  api: Api,
  { verb, path, signal }: { verb: string; path: string; signal: AbortSignal },
): Promise<boolean> {
  const { group, namespace, resource, name } = objectPath.exec(path)?.groups ?? {};
  const answer = await api.call(
    {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {
          resourceAttributes: {
            verb,
            group: group ?? '',
            namespace: namespace ?? '',
            resource: resource ?? '',
            ...(verb === 'create' ? {} : { name: name ?? '' }),
          },
        },
      },
    },
    signal,
  );
  return at(answer, 'status', 'allowed') === true;
}

const objectPath =
  /^\/api(?:s\/(?<group>[^/]+))?\/[^/]+\/namespaces\/(?<namespace>[^/]+)\/(?<resource>[^/]+)\/(?<name>[^/]+)/;
