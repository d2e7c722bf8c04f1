import { missingApproval } from '../domain/approval.ts';
import { memberOf, textAt } from '../domain/member.ts';
import type { ParsedPipeline } from '../domain/pipeline-file.ts';
import type { Problem } from '../domain/problem.ts';
import type { KnownNames } from './check-pipeline.ts';

/** Where a pipeline deploys to an environment without the approval that this one needs. */
export function checkApprovals(
  { pipeline, document }: ParsedPipeline,
  { environments }: Pick<KnownNames, 'environments'>,
): Problem[] {
  const written = memberOf(document.value, 'steps');
  const ids = Array.isArray(written) ? written.map((step: unknown) => textAt(step, 'id')) : [];
  return pipeline.steps.flatMap((step) => {
    if (step.kind !== 'deploy' && step.kind !== 'job') return [];
    const rule = environments[step.environment]?.approve ?? null;
    const message = rule === null ? null : missingApproval(pipeline.steps, step, rule);
    if (rule === null || message === null) return [];
    const count = rule.count === 1 ? '' : `, count: ${rule.count}`;
    const approve = `{ id: sign-off, approve: { by: [${rule.by.join(', ')}]${count} } }`;
    const hint = `put between the pushes and this step: ${approve}`;
    return [document.problemAt(['steps', ids.indexOf(step.id), step.kind, 'environment'], { message, hint })];
  });
}
