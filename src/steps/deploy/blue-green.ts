import { isRefusal, type PlanRequest } from '../../clusters/cluster.ts';
import type { JsonObject } from '../../domain/json.ts';
import { failureOf, refused, titled } from './beside.ts';
import { type Deployment, progressHooks } from './deployment.ts';
import { fail } from './watch-rollout.ts';
import { watchUntilStopped } from './watch-until-stopped.ts';

/** In records, on what was applied in a colour. */
const colourAnnotation = 'trunkline/blue-green';

/** Whether a deployment takes turns with another one: by its step, or because it puts back a set that did. */
export function isBlueGreen({ step }: Deployment, source: PlanRequest['source']): boolean {
  if (source.kind === 'stored') return source.objects.some(hasColour);
  return typeof step.strategy === 'object' && step.strategy.kind === 'blue-green';
}

function hasColour({ metadata }: JsonObject): boolean {
  const { annotations } = (metadata ?? {}) as { annotations?: JsonObject };
  return annotations?.[colourAnnotation] !== undefined;
}

/**
 * Makes the new version beside the old one and watches it, while no request reaches it. Leaves `failure` in the
 * journal when the Services are not to be switched; the old version was not touched.
 */
export async function prepareColour(deployment: Deployment, request: PlanRequest): Promise<void> {
  const { cluster, context, journal, step } = deployment;
  const { colours } = journal;
  if (colours === undefined) throw new TypeError('the colour is chosen before it is prepared');
  const old = colours.from === null ? 'what runs now' : colours.from;
  context.log.line(`${colours.to}: the new version is made beside ${old}, and gets no request yet`);
  const hooks = titled(progressHooks(context), colours.to);
  const plan = await cluster.plan(request, context.signal);
  const applied = isRefusal(plan)
    ? plan
    : await plan.apply({ confirm: () => context.confirmLease(), ...hooks }, context.handedOver);
  const failure = isRefusal(applied)
    ? refused(deployment, applied)
    : failureOf(await watchUntilStopped(deployment, applied, { soakMs: step.soakMs, ...hooks }));
  if (failure === undefined) return;
  await fail(deployment, { ...failure, reason: `${colours.to}: ${failure.reason}` }, 'withdrawing');
}
