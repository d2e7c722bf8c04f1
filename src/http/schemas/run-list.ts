import { z } from 'zod';
import { causeClasses } from '../../domain/cause-class.ts';
import { outcomes, runStates } from '../../domain/outcome.ts';
import { runSummarySchema } from './run.ts';
import { pageOf, pageQuery } from './shared.ts';

export const runListQuery = pageQuery.extend({
  pipeline: z.string().optional().describe('Only runs of this pipeline'),
  branch: z.string().optional().describe('Only runs of this branch'),
  status: z
    .enum([...runStates, ...outcomes])
    .optional()
    .describe('Only runs in this state, or that ended with this outcome'),
});

const failedOfSchema = z
  .object({
    class: z.enum(causeClasses).optional().describe('What kind of cause it is'),
    workload: z.string(),
    container: z.string().optional(),
    pod: z.object({ count: z.int(), of: z.int() }).optional().describe('How many new pods have it'),
    exitCode: z.int().optional(),
  })
  .meta({ id: 'FailedOf', description: 'What a rollout has failed of, the worst' });

const runListItemSchema = runSummarySchema
  .extend({ cause: failedOfSchema.nullable().describe('Of a failed rollout; null: there is none') })
  .meta({ id: 'RunListItem', description: 'A run in a list' });
export type RunListItem = z.output<typeof runListItemSchema>;

export const runPageSchema = pageOf(runListItemSchema).meta({ id: 'RunPage' });
