import type { JsonObject } from './json.ts';
import type { StepNode } from './step-graph.ts';
import { ancestorsOf } from './step-graph.ts';

/** The files that a step has left, as its stored end names them. */
export interface ArtifactSet extends JsonObject {
  set: string;
  files: number;
  bytes: number;
}

/** Of one step. */
export const mostArtifacts = 2000;

/** What a step has left; null: nothing. */
export function readArtifacts(output: JsonObject | null | undefined): ArtifactSet | null {
  const stored = output?.artifacts;
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return null;
  const { set, files, bytes } = stored;
  if (typeof set !== 'string' || typeof files !== 'number' || typeof bytes !== 'number') return null;
  return { set, files, bytes };
}

/** What the steps before a step have left, in the file's order. */
export function artifactsBefore(
  steps: readonly StepNode[],
  id: string,
  outputs: ReadonlyMap<string, JsonObject>,
): { stepId: string; artifacts: ArtifactSet }[] {
  const before = ancestorsOf(steps, id);
  return steps.flatMap((step) => {
    const artifacts = before.has(step.id) ? readArtifacts(outputs.get(step.id)) : null;
    return artifacts === null ? [] : [{ stepId: step.id, artifacts }];
  });
}
