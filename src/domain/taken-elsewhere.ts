import { isDeepStrictEqual } from 'node:util';
import type { StepDefinition } from './pipeline.ts';
import { manifestsOf } from './step-manifests.ts';

/**
 * The images, by the ids of their build steps, that a step which brings images into a cluster may leave out, because other
 * steps take them: as the base of a build, for a job, or for other workloads. What other manifests name is only known once
 * they are read: where there are some, any image may be theirs.
 */
export function takenElsewhere(step: StepDefinition, steps: readonly StepDefinition[]): ReadonlySet<string> {
  return new Set(
    steps.filter((other) => other.id !== step.id).flatMap((other) => takenBy(other, { step, steps })),
  );
}

function takenBy(
  other: StepDefinition,
  { step, steps }: { step: StepDefinition; steps: readonly StepDefinition[] },
): string[] {
  if (other.kind === 'push') return other.isBase ? [other.image] : [];
  if (other.kind === 'job' && 'step' in other.source) return [other.source.step];
  if (other.kind === 'deploy' && other.workload !== null) return Object.values(other.workload.images);
  const theirs = manifestsOf(other);
  // The same manifests in another environment name the same images.
  if (theirs === null || isDeepStrictEqual(theirs, manifestsOf(step))) return [];
  return steps.flatMap((each) => (each.kind === 'push' ? [each.image] : []));
}
