import type { DeployStep, StepDefinition } from './pipeline.ts';
import { ancestorsOf } from './step-graph.ts';

export interface Promotion {
  /** In the file's order; each needs the nearest of these that it needed before. */
  steps: StepDefinition[];
  /** Ids of the pushes among them: they are done already, and their digests are what is deployed. */
  pushes: string[];
}

/**
 * What a run does that puts the images of an earlier run into another environment: the pipeline's own deploy steps for
 * it, with what they wait for there (a person's approval is asked for anew). Nothing is built, tested or deployed
 * elsewhere again.
 * @returns null when the pipeline does not deploy there
 */
export function promotionTo(environment: string, steps: readonly StepDefinition[]): Promotion | null {
  const targets = steps.filter((step) => isDeployTo(step, environment)).map(({ id }) => id);
  if (targets.length === 0) return null;
  const wanted = new Set(targets.flatMap((id) => [id, ...ancestorsOf(steps, id)]));
  const kept = steps.filter((step) => wanted.has(step.id) && belongs(step, environment));
  const keptIds = new Set(kept.map(({ id }) => id));
  return {
    steps: kept.map((step) => ({
      ...step,
      needs: step.kind === 'push' ? [] : nearestOf(steps, { step, keptIds }),
    })),
    pushes: kept.filter(({ kind }) => kind === 'push').map(({ id }) => id),
  };
}

/** A stored set that was put back is no step of the file, and what takes something back deploys nothing. */
function isDeployTo(step: StepDefinition, environment: string): step is DeployStep {
  if (step.kind !== 'deploy' || step.environment !== environment) return false;
  return step.restore === undefined && step.undoes === undefined;
}

function belongs(step: StepDefinition, environment: string): boolean {
  if ('environment' in step) return step.environment === environment;
  return step.kind !== 'build' && step.kind !== 'run';
}

/** Through the steps that are left out, to those that are not. */
function nearestOf(
  steps: readonly StepDefinition[],
  { step, keptIds }: { step: StepDefinition; keptIds: ReadonlySet<string> },
): string[] {
  const needsOf = new Map(steps.map(({ id, needs }) => [id, needs]));
  const found = new Set<string>();
  const seen = new Set<string>();
  const open = [...step.needs];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (keptIds.has(next)) found.add(next);
    else open.push(...(needsOf.get(next) ?? []));
  }
  return [...found];
}
