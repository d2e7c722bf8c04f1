import { isRefusal, type PlanRequest } from '../../clusters/cluster.ts';
import { durationText } from '../../domain/duration.ts';
import type { CanaryShare, CanaryStrategy } from '../../domain/rollout-strategy.ts';
import { failureOf, refused, titled } from './beside.ts';
import { type Deployment, progressHooks, remember } from './deployment.ts';
import { watchGated } from './gates.ts';
import type { DeployFailure } from './journal.ts';
import { fail } from './watch-rollout.ts';
import { podIdOf, stepIdOf } from './withdraw-new.ts';

/**
 * Lets the new version prove itself beside the stable one, step by step. Taken over, it begins the pause of the step
 * anew. Leaves `failure` in the journal when the new version is not to be rolled out; the stable one was not touched.
 */
export async function runCanary(
  deployment: Deployment,
  strategy: CanaryStrategy,
  request: PlanRequest,
): Promise<void> {
  const { context, journal } = deployment;
  const first = journal.canary?.step ?? 0;
  for (const [index, { share, pauseMs }] of strategy.steps.entries()) {
    if (index < first) continue;
    const title = `canary ${index + 1} of ${strategy.steps.length}`;
    const failure = await runStep(deployment, { request, index, title, share, pauseMs });
    if (failure === undefined) continue;
    const reason = `${title}: ${failure.reason}`;
    await fail(deployment, { ...failure, reason }, 'withdrawing');
    return;
  }
  context.log.line('the canary is healthy; the new version is rolled out');
}

interface Step {
  request: PlanRequest;
  index: number;
  title: string;
  share: CanaryShare;
  pauseMs: number;
}

async function runStep(deployment: Deployment, step: Step): Promise<DeployFailure | undefined> {
  const { cluster, context, journal } = deployment;
  const { request, index, title, share, pauseMs } = step;
  const wish = { share, podId: podIdOf(journal.deployId) };
  const plan = await cluster.plan(
    { ...request, deployId: stepIdOf(journal.deployId, index), canary: wish },
    context.signal,
  );
  if (isRefusal(plan)) return refused(deployment, plan);
  const objects = plan.manifests.map(({ apiVersion, kind, metadata }) => {
    const { name } = metadata as { name: string };
    return { apiVersion: String(apiVersion), kind: String(kind), name };
  });
  await remember(deployment, { phase: 'canary', canary: { step: index, objects } });
  const shown = shareText(share);
  context.log.line(`${title}: ${shown} beside the stable version, watched for ${durationText(pauseMs)}`);
  const hooks = titled(progressHooks(context), title);
  const confirm = () => context.confirmLease();
  const applied = await plan.apply({ confirm, ...hooks }, context.handedOver);
  if (isRefusal(applied)) return refused(deployment, applied);
  return failureOf(await watchGated(deployment, applied, { soakMs: pauseMs, ...hooks }));
}

function shareText(share: CanaryShare): string {
  if ('percent' in share) return `${share.percent} % of the pods`;
  return share.replicas === 1 ? '1 pod' : `${share.replicas} pods`;
}
