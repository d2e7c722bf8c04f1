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
  const ends = new Map((await readSteps(deps.db, context.run.id)).map((row) => [row.id, row]));
  const open = others.find(({ id }) => ends.get(id)?.state !== 'ended');
  if (open !== undefined) return { waitsFor: `step ${open.id}, which prunes here too, has ended` };
  const failed = others.find(({ id }) => ends.get(id)?.outcome !== 'succeeded');
  if (failed !== undefined) return { waitsFor: `step ${failed.id}, which prunes here too, succeeds` };
  return deploymentsOfRun(deps.db, { runId: context.run.id, stepIds: others.map(({ id }) => id) });
}
