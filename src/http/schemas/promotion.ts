import { z } from 'zod';
import { rollbackBody } from './rollback.ts';

export const promotionBody = z.strictObject({
  from: z.string().min(1).describe('The environment whose version is to be deployed here too'),
  workloads: z
    .array(rollbackBody.shape.workload)
    .max(100)
    .default([])
    .describe(
      'The workloads in `from` whose version is meant: one run has built them all, and the whole set of its deploy step is deployed. Default: all that there are',
    ),
  why: z.string().max(300).optional().describe('Kept with the run'),
});
