import type { JsonObject } from '../../domain/json.ts';
import { deploymentsOfRun } from '../../store/applied-objects.ts';
import { readSteps } from '../../store/runs.ts';
import type { Deployment } from './deployment.ts';

/** A deploy step that prunes, with what it has deployed in this run. */
export interface PruningStep {
  stepId: string;
  deployId: string;
  manifests: JsonObject[];
}

/**
 * The other deploy steps of the run that prune in the same environment. What moves from the manifests of one step to
 * those of another is no leftover: so whoever is the last to become healthy prunes for all of them.
 * @returns why nothing may be pruned yet
 */
export async function pruneTogether({
  deps,
  context,
  step,
}: Deployment): Promise<PruningStep[] | { waitsFor: string }> {
  const others = context.steps.filter(
    (other) =>
      other.kind === 'deploy' &&
      other.prune !== undefined &&
      other.environment === step.environment &&
      other.id !== step.id &&
      other.skip === undefined,
  );
  if (others.length === 0) return [];
  const stepIds = others.map(({ id }) => id);
  // Ours is on record as healthy already. A step may be so while it has not ended: it prunes itself, or waits for us.
  const healthy = await deploymentsOfRun(deps.db, { runId: context.run.id, stepIds });
  const open = stepIds.find((id) => !healthy.some(({ stepId }) => stepId === id));
  if (open === undefined) return healthy;
  const hasEnded = (await readSteps(deps.db, context.run.id)).some(
    ({ id, state }) => id === open && state === 'ended',
  );
  return { waitsFor: `step ${open}, which prunes here too, ${hasEnded ? 'succeeds' : 'is healthy'}` };
}
