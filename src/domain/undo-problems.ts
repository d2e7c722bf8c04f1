import type { StepSketch, StepsCheck } from './pipeline-steps.ts';
import type { Problem } from './problem.ts';
import { ancestorsOf } from './step-graph.ts';
import { suggest } from './suggestion.ts';

/** What is taken back must have been decided before, and be a rollout of the same place. */
export function undoProblems({ document, steps }: StepsCheck, { index, id, written }: StepSketch): Problem[] {
  const { undo, environment } = written?.deploy ?? {};
  if (undo === undefined) return [];
  const at = (message: string, hint: string | undefined) => [
    document.problemAt(['steps', index, 'deploy', 'undo'], { message, ...(hint !== undefined && { hint }) }),
  ];
  const deploys = steps.filter(({ kinds, id: other }) => kinds.includes('deploy') && other !== id);
  const undone = deploys.find((other) => other.id === undo);
  if (undone === undefined) {
    const hint = suggest(
      undo,
      deploys.map((other) => other.id),
    );
    return at(`there is no deploy step '${undo}'`, hint);
  }
  const place = undone.written?.deploy?.environment;
  if (place !== undefined && place !== environment)
    return at(`step '${undo}' deploys to ${place}, not to ${environment}`, `write 'environment: ${place}'`);
  if (ancestorsOf(steps, id).has(undo)) return [];
  return at(`step '${id}' does not wait for '${undo}', which it undoes`, `add '${undo}' to its needs`);
}
