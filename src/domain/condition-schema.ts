import { z } from 'zod';
import { triggerKinds } from './pipeline.ts';
import { includingPatterns } from './text-schemas.ts';

const value = z.union([z.string(), z.number(), z.boolean()]);

/** What a step asks of its run before it runs. */
export const conditionSchema = z
  .strictObject({
    branches: includingPatterns()
      .optional()
      .meta({ description: 'Branches on which the step runs.', examples: [['trunk', 'branches/release-*']] }),
    paths: includingPatterns()
      .optional()
      .meta({
        description:
          'A run that a commit started has the step only when the commit changed at least one file that these patterns match, below `source.path`. Runs that something else started have it.',
        examples: [['docs/**']],
      }),
    trigger: z
      .array(z.enum(triggerKinds))
      .min(1, 'an empty list matches nothing')
      .optional()
      .meta({
        description:
          'What must have started the run: `commit`, `merge-request`, `branch-created`, `branch-deleted`, `tag`, `schedule`, `pipeline` (another one), `api` (somebody, by the page, the command or the API). A retry or rerun counts as what it repeats.',
        examples: [['schedule']],
      }),
    parameters: z
      .record(z.string(), z.union([value, z.array(value).min(1, 'an empty list matches nothing')]))
      .optional()
      .meta({
        description: 'Values of parameters with which the step runs; a list: one of them.',
        examples: [{ 'dry-run': false, size: ['small', 'large'] }],
      }),
  })
  .refine((condition) => Object.keys(condition).length > 0, 'a condition that asks nothing')
  .meta({
    description:
      'When the step runs; every key must hold. Else it is skipped, with the reason, and the steps that need it go on as if it were not there; those that use an image that it would have built or pushed are skipped too.',
    examples: [{ branches: ['trunk'] }, { trigger: ['schedule'], paths: ['docs/**'] }],
  });
export type WrittenCondition = z.infer<typeof conditionSchema>;
