import { z } from 'zod';
import { name } from '../../domain/text-schemas.ts';
import { timestamp } from './shared.ts';

export const approvalParams = z.strictObject({
  id: z.string().min(1).describe('The id of the run, or `cart:12`'),
  step: name.describe('The id of its approve step'),
});

export const decisionBody = z
  .strictObject({
    comment: z.string().trim().min(1).max(1000).optional().describe('Kept with the decision'),
    subject: z
      .string()
      .max(100)
      .optional()
      .describe(
        'The `subject` that the run showed: the decision is refused when that is no longer what would be approved',
      ),
  })
  .default({});

export const approvalSchema = z
  .object({
    by: z.array(z.string()).describe('Roles, one of which a person needs who decides'),
    count: z.int().describe('How many must approve'),
    notAuthor: z.boolean().describe('Whether the author, and whoever asked for the run, may not approve'),
    message: z.string().nullable().describe('What to look at before approving'),
    until: timestamp.nullable().describe('Until when it waits; null: it has not begun'),
    subject: z.string().nullable().describe('Fingerprint of what is to be approved'),
    images: z.record(z.string(), z.string()).describe('What is to be approved: the image of each step'),
    manifests: z
      .record(z.string(), z.string())
      .describe('What is to be approved: SHA-256 of the manifest files of each deploy step that follows'),
    changes: z
      .array(z.string())
      .describe('Lines: what the deploy steps that follow would change, as rehearsed when it began to wait'),
    manualChanges: z
      .array(z.string())
      .describe('Lines: what people have changed since the last deployment, which the next one overwrites'),
    decisions: z.array(
      z.object({
        who: z.string(),
        roles: z.array(z.string()),
        verdict: z.enum(['approved', 'rejected']),
        comment: z.string().nullable(),
        at: timestamp,
        isVoid: z.boolean().describe('It was about something else than would be approved now'),
      }),
    ),
  })
  .meta({ id: 'Approval', description: 'What an approve step asks of people, and what they have decided' });
export type ApprovalView = z.output<typeof approvalSchema>;
