import type { StepDefinition } from '../../domain/pipeline.ts';
import { readApprovalJournal } from '../../steps/approve-step.ts';
import type { ApprovalRow } from '../../store/approvals.ts';
import type { StepRow } from '../../store/runs.ts';
import type { ApprovalView } from '../schemas/approval.ts';
import { iso } from '../schemas/shared.ts';

/** What a step asks of people; null for every other kind. */
export function approvalView(
  step: StepDefinition | undefined,
  row: StepRow,
  decisions: readonly ApprovalRow[],
): ApprovalView | null {
  if (step?.kind !== 'approve') return null;
  const { by, count, notAuthor, message } = step;
  const entry = readApprovalJournal(row.journal);
  return {
    by,
    count,
    notAuthor,
    message,
    until: entry?.until ?? null,
    subject: entry?.fingerprint ?? null,
    images: entry?.subject.images ?? {},
    manifests: entry?.subject.manifests ?? {},
    changes: entry?.changes ?? [],
    manualChanges: entry?.manualChanges ?? [],
    decisions: decisions
      .filter(({ step_id }) => step_id === row.id)
      .map(({ who, roles, verdict, comment, at, subject }) => ({
        ...{ who, roles, verdict, comment },
        at: iso(at),
        isVoid: subject !== entry?.fingerprint,
      })),
  };
}
