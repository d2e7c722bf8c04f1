import type { JsonObject } from '../../../domain/json.ts';
import { builtImageFor } from '../../built-images.ts';
import { isRefusal, type Refusal } from '../../cluster.ts';
import type { JobCommands, JobManifest, JobRequest } from '../../cluster-jobs.ts';
import { at, numberOf, recordOf, textOf } from '../../json-reading.ts';
import { placeDigests } from '../digests.ts';
import { objectionsTo } from '../guard.ts';
import { readManifests } from '../manifests.ts';
import { containersOf, type KubeObject, nameOf, podSpecsOf } from '../objects.ts';
import { secretVariable } from './job-secret.ts';

/** How long a job that has ended stays for whoever wants to look at it. */
const keptSeconds = 86_400;

/** The Job as it will be made, checked, with digests; its name still lacks the ending that makes it the only one. */
export function renderJob(request: JobRequest, namespace: string): KubeObject | Refusal {
  const { source } = request;
  const job = source.kind === 'manifest' ? readJob(source) : commandsJob(source);
  if (isRefusal(job)) return job;
  const [objection, ...more] = objectionsTo(job, namespace, 'job');
  if (objection !== undefined) return { refusal: objection, details: more };
  const images = imagesUsedBy(job, request);
  const placed = placeDigests([job], { images, requireDigests: request.requireDigests });
  if (isRefusal(placed)) return placed;
  const [object = job] = placed;
  return { ...object, spec: specOf(object, request.deadlineSeconds) };
}

function readJob({ file }: JobManifest): KubeObject | Refusal {
  const objects = readManifests([file]);
  if (isRefusal(objects)) return objects;
  const [job, other] = objects;
  if (job === undefined) return { refusal: `${file.path} holds no Job` };
  if (other !== undefined)
    return {
      refusal: `${file.path} holds ${nameOf(other)} besides ${nameOf(job)}: a job step takes one Job`,
    };
  if (job.kind !== 'Job' || job.apiVersion !== 'batch/v1')
    return { refusal: `${file.path} holds ${nameOf(job)} of ${job.apiVersion}, not a Job of batch/v1` };
  return job;
}

function commandsJob({ name, image, script, env, secrets }: JobCommands): KubeObject {
  const container = {
    name: 'job',
    image,
    command: ['/bin/sh', '-e', '-c', script],
    env: [
      ...Object.entries(env).map(([key, value]) => ({ name: key, value })),
      ...secrets.map(secretVariable),
    ],
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } },
  };
}

/** Not every image of a run is a job's. */
function imagesUsedBy(job: KubeObject, { images }: JobRequest): JobRequest['images'] {
  const written = podSpecsOf(job)
    .flatMap(containersOf)
    .map((container) => textOf(container.image));
  const used = new Set(written.map((text) => builtImageFor(text, images)?.step));
  return images.filter(({ step }) => used.has(step));
}

/** A pod that failed is not tried again unless the manifest says so; no job outlives its step's limit. */
function specOf(job: KubeObject, deadlineSeconds: number): JsonObject {
  const spec = recordOf(job.spec);
  const template = recordOf(spec.template);
  const own = numberOf(spec.activeDeadlineSeconds, deadlineSeconds);
  return {
    ...spec,
    backoffLimit: numberOf(spec.backoffLimit, 0),
    activeDeadlineSeconds: Math.min(own, deadlineSeconds),
    ttlSecondsAfterFinished: Math.max(numberOf(spec.ttlSecondsAfterFinished, 0), keptSeconds),
    template: {
      ...template,
      spec: { restartPolicy: 'Never', ...recordOf(at(template, 'spec')) },
    },
  };
}
