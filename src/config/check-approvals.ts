import { missingApproval } from '../domain/approval.ts';
import type { ParsedPipeline } from '../domain/pipeline-file.ts';
import type { Problem } from '../domain/problem.ts';
import type { KnownNames } from './check-pipeline.ts';

/** Where a pipeline deploys to an environment without the approval that this one needs. */
export function checkApprovals(
  { pipeline, document }: ParsedPipeline,
  { environments }: Pick<KnownNames, 'environments'>,
): Problem[] {
  return pipeline.steps.flatMap((step, index) => {
    if (step.kind !== 'deploy' && step.kind !== 'job') return [];
    const rule = environments[step.environment]?.approve ?? null;
    const message = rule === null ? null : missingApproval(pipeline.steps, step, rule);
    if (rule === null || message === null) return [];
    const count = rule.count === 1 ? '' : `, count: ${rule.count}`;
    const written = `{ id: sign-off, approve: { by: [${rule.by.join(', ')}]${count} } }`;
    const hint = `put between the pushes and this step: ${written}`;
    return [document.problemAt(['steps', index, step.kind, 'environment'], { message, hint })];
  });
}
