import type { DeployStep } from '../../domain/pipeline.ts';
import { revisionLabel } from '../../domain/revision-label.ts';
import { isWholeAndLast } from '../../store/corrections.ts';
import { healthyBefore } from '../../store/healthy-before.ts';
import type { StepResult } from '../step-handler.ts';
import { barrierSince } from './barrier.ts';
import type { Deployment } from './deployment.ts';

/**
 * What a step that undoes another one of its run has to put back: what ran before that. Nothing where that has deployed
 * nothing that became healthy: what failed has gone back by itself.
 * @returns the step as the rollback that it is now, or how it ends without one
 */
export async function asRollback(deployment: Deployment, undone: string): Promise<DeployStep | StepResult> {
  const { deps, context, environment, journal, step } = deployment;
  const earlier = await healthyBefore(deps.db, { runId: context.run.id, stepId: undone });
  if (earlier === undefined)
    return {
      outcome: 'succeeded',
      output: {},
      note: `nothing to put back: ${undone} has deployed nothing that stayed`,
    };
  const { own, before } = earlier;
  const wanted = { environment: environment.name, deployId: own.deployId, except: journal.deployId };
  const place = await isWholeAndLast(deps.db, wanted);
  if ('problem' in place) return { outcome: 'superseded', reason: `not put back: ${place.problem}` };
  const [first, ...others] = before;
  if (first === undefined)
    return { outcome: 'failed', reason: `nothing ran in ${environment.name} before ${undone}: it stays` };
  if (others.length > 0) {
    const reason = `what ran in ${environment.name} before ${undone} was deployed by several runs: put each back with "trunkline rollback"`;
    return { outcome: 'failed', reason };
  }
  const label = `${revisionLabel(first.revision)} (${first.pipeline} #${first.number})`;
  const barrier = await barrierSince(deployment, first.endedAt);
  if (barrier !== undefined)
    return { outcome: 'failed', reason: `not put back to ${label}, past ${barrier}: it stays` };
  return { ...step, restore: { deployId: first.deployId, label } };
}
