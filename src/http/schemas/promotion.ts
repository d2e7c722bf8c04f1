import { z } from 'zod';
import { rollbackBody } from './rollback.ts';

export const promotionBody = z.strictObject({
  from: z.string().min(1).describe('The environment whose version is to be deployed here too'),
  workload: rollbackBody.shape.workload
    .optional()
    .describe(
      'The workload in `from` whose version is meant; the whole set of its deploy step is deployed. Default: all, where one run has built them',
    ),
  why: z.string().max(300).optional().describe('Kept with the run'),
});
