import { z } from 'zod';
import { deploySchema } from './deploy-step-schema.ts';
import { buildSchema, pushSchema } from './image-step-schemas.ts';
import { runSchema } from './run-step-schema.ts';
import { name } from './text-schemas.ts';

/** One step as it is written. That it has exactly one kind is checked with the references. */
export const stepSchema = z
  .strictObject({
    id: name.meta({ description: 'The name of the step, unique in the file.', examples: ['image'] }),
    needs: z
      .array(name)
      .optional()
      .meta({
        description:
          'Ids of steps that must have succeeded before. Without it: the step before. `[]`: nothing. Steps that do not wait for each other run at the same time.',
        examples: [['image', 'test']],
      }),
    build: buildSchema.optional(),
    push: pushSchema.optional(),
    run: runSchema.optional(),
    deploy: deploySchema.optional(),
  })
  .meta({ description: 'One step. Besides `id` and `needs` it has exactly one of the other keys.' });
export type WrittenStep = z.infer<typeof stepSchema>;
