import { memberOf, textAt } from './member.ts';
import type { Pipeline } from './pipeline.ts';
import type { ParsedPipeline } from './pipeline-file.ts';
import type { Problem } from './problem.ts';

/**
 * The starts of a repository's file that the server's part does not allow. At which branches they are allowed is asked when
 * they happen: `startRefusal`.
 */
export function grantProblems(
  { pipeline, document }: ParsedPipeline,
  { name, file }: Pick<Pipeline, 'name' | 'file'>,
): Problem[] {
  if (file === undefined) return [];
  const written = memberOf(document.value, 'steps');
  const ids = Array.isArray(written) ? written.map((step: unknown) => textAt(step, 'id')) : [];
  return pipeline.steps.flatMap((step) => {
    if (step.kind !== 'trigger' || file.starts?.includes(step.pipeline)) return [];
    const message = `the steps of '${name}' are in its repository and may not start '${step.pipeline}'`;
    const hint = `on the server, 'file: { path: ${file.path}, starts: [${step.pipeline}] }' of '${name}' allows it`;
    return [document.problemAt(['steps', ids.indexOf(step.id), 'trigger', 'pipeline'], { message, hint })];
  });
}
