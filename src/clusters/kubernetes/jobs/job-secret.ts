import type { JsonObject } from '../../../domain/json.ts';
import type { Secret } from '../../../domain/secret.ts';
import type { StartedJob } from '../../cluster-jobs.ts';
import { at, listOf, recordOf, textOf } from '../../json-reading.ts';
import type { Api } from '../api.ts';
import { isApiError } from '../api-error.ts';
import type { KubeObject } from '../objects.ts';
import { deniedOr } from '../refused-write.ts';

/** The Secret that a job has for itself, called as the job is. */
export interface JobSecret {
  readonly api: Api;
  readonly namespace: string;
  readonly name: string;
}

/** As it is planned, before the job has the name that its Secret shares; see `withSecretNamed`. */
export function secretVariable(variable: string): JsonObject {
  return { name: variable, valueFrom: { secretKeyRef: { name: '', key: variable } } };
}

/** Names the Secret where the job reads it. */
export function withSecretNamed(job: KubeObject, name: string): KubeObject {
  const spec = recordOf(job.spec);
  const template = recordOf(spec.template);
  const podSpec = recordOf(template.spec);
  const containers = listOf(podSpec.containers).map((container) => {
    const env = listOf(container.env).map((variable) => {
      const key = at(variable, 'valueFrom', 'secretKeyRef');
      const isOurs = textOf(at(key, 'key')) !== '' && at(key, 'name') === '';
      return isOurs ? { ...variable, valueFrom: { secretKeyRef: { ...recordOf(key), name } } } : variable;
    });
    return env.length === 0 ? container : { ...container, env };
  });
  return { ...job, spec: { ...spec, template: { ...template, spec: { ...podSpec, containers } } } };
}

/** Before the job: its pod would wait for it. One that is there already is of a worker before this one. */
export async function createSecret(
  { api, namespace, name }: JobSecret,
  secrets: Readonly<Record<string, Secret>>,
  signal: AbortSignal,
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const data = Object.entries(secrets).map(([key, secret]) => [
    key,
    Buffer.from(secret.reveal()).toString('base64'),
  ]);
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'trunkline' } },
    type: 'Opaque',
    data: Object.fromEntries(data),
  };
  try {
    await api.call({ method: 'POST', path, query: { fieldManager: 'trunkline' }, body }, signal);
  } catch (error) {
    if (!isApiError(error, 409)) throw deniedOr(error, { api, verb: 'create', path: `${path}/${name}` });
  }
}

/** From then on it goes when the job does, whoever deletes that. */
export async function giveToJob(
  { api, namespace, name }: JobSecret,
  job: StartedJob,
  signal: AbortSignal,
): Promise<void> {
  const path = secretPath({ namespace, name });
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: job.name, uid: job.uid };
  const contentType = 'application/merge-patch+json';
  const body = { metadata: { ownerReferences: [owner] } };
  try {
    await api.call({ method: 'PATCH', path, contentType, body }, signal);
  } catch (error) {
    // A job that was quick has ended, and another worker has tidied up after it.
    if (!isApiError(error, 404)) throw deniedOr(error, { api, verb: 'patch', path });
  }
}

export async function removeSecret(secret: JobSecret, signal: AbortSignal): Promise<void> {
  const { api } = secret;
  const path = secretPath(secret);
  try {
    await api.call({ method: 'DELETE', path }, signal);
  } catch (error) {
    if (!isApiError(error, 404)) throw deniedOr(error, { api, verb: 'delete', path });
  }
}

function secretPath({ namespace, name }: Pick<JobSecret, 'namespace' | 'name'>): string {
  return `/api/v1/namespaces/${namespace}/secrets/${name}`;
}
