import type { JsonObject } from '../../../domain/json.ts';
import { isRefusal, type Refusal } from '../../cluster.ts';
import type { ClusterJobs, StartedJob } from '../../cluster-jobs.ts';
import { recordOf, textOf } from '../../json-reading.ts';
import type { Api } from '../api.ts';
import { isApiError } from '../api-error.ts';
import { isKubeObject, type KubeObject, toKubeObject } from '../objects.ts';
import { deniedOr, refusalOf } from '../refused-write.ts';
import { createCall } from '../write-calls.ts';
import { followJob, type JobFollowDeps } from './follow-job.ts';
import { createSecret, giveToJob, type JobSecret, removeSecret, withSecretNamed } from './job-secret.ts';
import { renderJob } from './render-job.ts';

export interface KubernetesJobsDeps {
  connect(): Promise<JobFollowDeps>;
  namespace: string;
  /** Identity of cluster and namespace. */
  identify(signal: AbortSignal): Promise<string | Refusal>;
}

/** Jobs of one namespace. */
export function createKubernetesJobs({ connect, namespace, identify }: KubernetesJobsDeps): ClusterJobs {
  return {
    async plan(request, signal) {
      const object = renderJob(request, namespace);
      if (isRefusal(object)) return object;
      const place = await identify(signal);
      return typeof place === 'string' ? { object, place } : place;
    },
    nameOf: (planned) => namedJob(planned).metadata.name,
    async start(planned, { confirm }, signal) {
      const { api } = await connect();
      const job = namedJob(planned);
      const { secrets } = planned;
      if (Object.keys(secrets).length === 0) return startJob(api, { job, namespace, confirm }, signal);
      const secret: JobSecret = { api, namespace, name: job.metadata.name };
      await confirm();
      await createSecret(secret, secrets, signal);
      const named = withSecretNamed(job, secret.name);
      const started = await startJob(api, { job: named, namespace, confirm }, signal);
      await (isRefusal(started) ? removeSecret(secret, signal) : giveToJob(secret, started, signal));
      return started;
    },
    async removeSecrets({ name }, signal) {
      const { api } = await connect();
      await removeSecret({ api, namespace, name }, signal);
    },
    follow: async (job, hooks, signal) => followJob(await connect(), { job, hooks }, signal),
    async remove({ name, hasSecrets }, signal) {
      const { api } = await connect();
      const path = pathOf(namespace, name);
      const query = { propagationPolicy: 'Background' };
      try {
        await api.call({ method: 'DELETE', path, query }, signal);
      } catch (error) {
        if (!isApiError(error, 404)) throw deniedOr(error, { api, verb: 'delete', path });
      }
      if (hasSecrets) await removeSecret({ api, namespace, name }, signal);
    },
  };
}

/** Names of Jobs are labels of their pods: 63 characters. */
const longestBase = 63 - 11;

function namedJob({ object, id }: { object: JsonObject; id: string }): KubeObject {
  if (!isKubeObject(object)) throw new TypeError('this is no job that was planned');
  const base = object.metadata.name.slice(0, longestBase).replace(/[-.]+$/, '');
  const labels = { ...recordOf(object.metadata.labels), 'app.kubernetes.io/managed-by': 'trunkline' };
  return { ...object, metadata: { ...object.metadata, name: `${base}-${id}`, labels } };
}

function pathOf(namespace: string, name: string): string {
  return `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;
}

/** One that is there already under this name is ours: a worker before this one has made it. */
async function startJob(
  api: Api,
  { job, namespace, confirm }: { job: KubeObject; namespace: string; confirm(): Promise<void> },
  signal: AbortSignal,
): Promise<StartedJob | Refusal> {
  const path = pathOf(namespace, job.metadata.name);
  const write = { object: job, path, fieldManager: 'trunkline', live: null, force: false };
  await confirm();
  try {
    return startedOf(toKubeObject(await api.call(createCall(write), signal)));
  } catch (error) {
    if (isApiError(error, 409)) return startedOf(toKubeObject(await api.call({ path }, signal)));
    return refusalOf(api, { error, write, signal });
  }
}

function startedOf({ metadata }: KubeObject): StartedJob {
  return { name: metadata.name, uid: textOf(metadata.uid) };
}
