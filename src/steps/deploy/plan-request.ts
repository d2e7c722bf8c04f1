import type { PlanRequest, Refusal, StoredSource } from '../../clusters/cluster.ts';
import type { DeployStep } from '../../domain/pipeline.ts';
import { revisionLabel } from '../../domain/revision-label.ts';
import { strategyName } from '../../domain/rollout-strategy.ts';
import { storedSetOf } from '../../store/rollback-choices.ts';
import { pushedImages } from '../built-images.ts';
import { warnOfBarrier } from './barrier.ts';
import { isBlueGreen } from './blue-green.ts';
import type { Deployment } from './deployment.ts';
import { renderChart } from './helm.ts';
import { renderKustomization } from './kustomize.ts';
import { readManifestFiles } from './manifest-files.ts';
import { restoredText } from './restored-text.ts';
import { findGoneImage } from './way-back.ts';

/** What is to be deployed, or why that is not to be had. */
export async function sourceOf(deployment: Deployment): Promise<PlanRequest['source'] | Refusal> {
  const { step, environment } = deployment;
  if (step.strategy !== undefined && environment.cluster.kind !== 'kubernetes') {
    return {
      refusal: `strategy: ${strategyName(step.strategy)} is for Kubernetes, and ${environment.name} is none: delete it`,
    };
  }
  if (step.checks !== undefined && step.restore === undefined && environment.cluster.kind !== 'kubernetes') {
    return { refusal: `checks are for Kubernetes, and ${environment.name} is none: delete them` };
  }
  if (step.lints !== undefined && step.restore === undefined && environment.cluster.kind !== 'kubernetes') {
    return { refusal: `lints are for Kubernetes, and ${environment.name} is none: delete them` };
  }
  if (step.gates !== undefined && step.restore === undefined && environment.prometheus === null) {
    return {
      refusal: `the step has gates, and ${environment.name} has no Prometheus: name it as 'prometheus' of the environment in the server's config`,
    };
  }
  if (step.restore !== undefined) return storedSource(deployment, step.restore);
  if (step.workload !== null) {
    const { kind, name, images } = step.workload;
    return { kind: 'workload', workload: { kind, name }, containers: images };
  }
  const files = await manifestFiles(deployment);
  return 'refusal' in files ? files : { kind: 'manifests', files };
}

async function manifestFiles({ step, context, environment, journal }: Deployment) {
  const tree = await context.workspace();
  const { kustomize, helm } = step;
  // Once writes may have begun, they are completed or taken back: a stop does not end that.
  const signal = journal.phase === 'planned' ? context.signal : context.handedOver;
  if (kustomize === undefined && helm === undefined) return readManifestFiles(tree, step.manifests);
  const { cluster } = environment;
  if (cluster.kind !== 'kubernetes') {
    const what = helm === undefined ? 'kustomize' : 'helm';
    return { refusal: `${what} is for Kubernetes, and ${environment.name} is none: use manifests` };
  }
  if (kustomize !== undefined) return renderKustomization({ tree, folder: kustomize }, signal);
  const { namespace } = cluster;
  return helm === undefined
    ? readManifestFiles(tree, step.manifests)
    : renderChart({ tree, helm, namespace }, signal);
}

/** A rollback's set: as it was applied, and only while its images can still be had. */
async function storedSource(
  deployment: Deployment,
  { deployId, label, corrects }: NonNullable<DeployStep['restore']>,
): Promise<StoredSource | Refusal> {
  const objects = await storedSetOf(deployment.deps.db, deployId);
  if (objects.length === 0) return { refusal: `the set of ${label} is no longer on record` };
  const gone = await findGoneImage(deployment, { objects });
  if (gone !== undefined)
    return {
      refusal: `not ${corrects ? 'put back as' : 'rolled back to'} ${label}: the registry no longer has ${gone}`,
    };
  await warnOfBarrier(deployment, deployId);
  return { kind: 'stored', objects };
}

/** What to plan; in which colour, the journal says once it is chosen. */
export function requestOf(deployment: Deployment, source: PlanRequest['source']): PlanRequest {
  const { context, environment, journal } = deployment;
  const isPreparing = journal.phase === 'planned' || journal.phase === 'colour';
  const blueGreen = {
    stage: isPreparing ? ('prepare' as const) : ('switch' as const),
    colour: journal.colours?.to ?? null,
  };
  return {
    deployId: journal.deployId,
    pipeline: context.run.pipeline,
    source,
    images: pushedImages(context, deployment.step),
    requireDigests: environment.requireDigests,
    ...(deployment.step.lints !== undefined && { lints: deployment.step.lints }),
    ...(deployment.step.strategy === 'stepped' && { stepped: true }),
    ...(isBlueGreen(deployment, source) && { blueGreen }),
    changeCause: changeCauseOf(deployment),
  };
}

const longestMessage = 120;

function changeCauseOf({ context: { run }, step }: Deployment): string {
  const title = `trunkline ${run.pipeline} #${run.number}`;
  if (step.restore !== undefined) return `${title}: ${restoredText(step.restore, run.requestedBy)}`;
  const [message = ''] = run.message.split('\n', 1);
  const by = run.author ?? run.requestedBy;
  return `${title}: ${revisionLabel(run.revision)} by ${by}: ${message.slice(0, longestMessage).toWellFormed()}`;
}
