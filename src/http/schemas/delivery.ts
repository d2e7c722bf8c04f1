import { z } from 'zod';

export const deliveryQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(365).default(30).describe('How far to look back'),
});

const nothing = 'null: nothing to measure it by';

export const deliverySchema = z
  .object({
    environment: z.string(),
    days: z.int(),
    deployments: z.int().describe('Changes that became healthy'),
    deploymentsPerDay: z.number(),
    leadTimeMs: z
      .number()
      .nullable()
      .describe(`From each commit or revision to its healthy rollout, median; ${nothing}`),
    changeFailureRatio: z
      .number()
      .nullable()
      .describe(
        `Share of the changes that were judged bad in the cluster, rolled back by somebody, or followed by a hotfix within a day; ${nothing}`,
      ),
    recoveryMs: z
      .number()
      .nullable()
      .describe(
        `From when a failure was known to the next healthy rollout of the same workload, median; ${nothing}`,
      ),
    reworkRatio: z
      .number()
      .nullable()
      .describe(
        `Share of all rollouts that were unplanned: rollbacks by people, and hotfixes (branch or first line of the message says so); ${nothing}`,
      ),
  })
  .meta({ id: 'Delivery', description: 'The five DORA metrics of an environment' });
