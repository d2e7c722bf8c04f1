import { z } from 'zod';
import { rollbackBody } from './rollback.ts';
import { runSummarySchema } from './run.ts';

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

export const promotionQuery = z.strictObject({
  from: promotionBody.shape.from,
  workloads: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((workload) => workload !== ''))
    .pipe(z.array(rollbackBody.shape.workload).max(100))
    .describe('As for the promotion, with commas between them: `deployment/cart,deployment/web`'),
});

export const promotionPreviewSchema = z
  .object({
    from: z.string(),
    to: z.string(),
    run: runSummarySchema.describe('Which has built what would be deployed'),
    images: z
      .array(z.object({ name: z.string(), reference: z.string().describe('By digest') }))
      .describe('What would be deployed'),
    differences: z
      .array(
        z.object({
          object: z.string().describe('`deployment/cart`'),
          only: z.enum(['from', 'to']).nullable().describe('It is in one of the two only; null: in both'),
          fields: z.array(
            z.object({
              path: z.string().describe('`spec.template.spec.containers[api].image`'),
              about: z
                .enum(['image', 'replicas', 'environment', 'configuration', 'other'])
                .describe(
                  "A promotion brings what is `image`; all else is as the target's own deploy step says",
                ),
              from: z.string().nullable().describe('null: it is not there'),
              to: z.string().nullable().describe('null: it is not there'),
            }),
          ),
        }),
      )
      .describe('Between what runs in the two now, by what was applied; values of Secrets are not on record'),
  })
  .meta({
    id: 'PromotionPreview',
    description: 'What a promotion would deploy, and how two environments differ',
  });
