import { durationText } from '../../domain/duration.ts';
import { otherColour } from '../../domain/rollout-strategy.ts';
import { lastSucceeded } from '../../store/deployments.ts';
import type { Deployment } from './deployment.ts';

/** How long what was switched to is watched, while the old version stays. */
export function keepMsOf({ step, journal, context }: Deployment): number | undefined {
  if (journal.colours === undefined) return undefined;
  const keepMs =
    typeof step.strategy === 'object' && step.strategy.kind === 'blue-green' ? step.strategy.keepMs : 0;
  const { to, from } = journal.colours;
  const kept =
    from === null ? '' : `; ${from} stays as long, and a cancel of this run switches back to it at once`;
  context.log.line(`the Services lead to ${to}, which is watched for ${durationText(keepMs)}${kept}`);
  return keepMs;
}

/** Deletes the version that was replaced, as far as it is Trunkline's; safe to repeat. */
export async function retireOld({ deps, cluster, context, journal }: Deployment): Promise<void> {
  const { colours, workloads = [], deployId } = journal;
  if (colours === undefined || cluster.leftovers === null) return;
  const silent = () => undefined;
  const hooks = { confirm: () => context.confirmLease(), onReport: silent, onProgress: silent };
  const removed: string[] = [];
  for (const { target } of workloads) {
    const replaced = await lastSucceeded(deps.db, target, deployId);
    if (replaced === undefined) continue;
    const set = { set: replaced.manifests, deployIds: [replaced.deploy_id] };
    removed.push(...(await cluster.leftovers.retire(set, hooks, context.handedOver)));
  }
  if (removed.length > 0) context.log.line(`the old version is gone: deleted ${removed.join(', ')}`);
  else if (colours.from !== null)
    context.log.line(`of ${otherColour(colours.to)} nothing was deleted: it is not what was deployed last`);
}
