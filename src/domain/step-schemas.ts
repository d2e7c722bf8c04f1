import { z } from 'zod';
import { approveSchema } from './approve-step-schema.ts';
import { conditionSchema } from './condition-schema.ts';
import { deploySchema } from './deploy-step-schema.ts';
import { buildSchema, pushSchema } from './image-step-schemas.ts';
import { jobSchema } from './job-step-schema.ts';
import { matrixSchema } from './matrix-schema.ts';
import { runWhens } from './pipeline.ts';
import { runSchema } from './run-step-schema.ts';
import { name, stepName } from './text-schemas.ts';
import { triggerSchema } from './trigger-step-schema.ts';

/** A file with more is refused. */
export const maxSteps = 100;

/** One step as it is written. That it has exactly one kind is checked with the references. */
export const stepSchema = z
  .strictObject({
    id: name.meta({ description: 'The name of the step, unique in the file.', examples: ['image'] }),
    extends: name.optional().meta({
      description:
        'A template, of this file or of an included one: the step has all that stands there, with what it says itself over it. Keys with values are merged, key by key; a list or a text replaces that of the template.',
      examples: ['node'],
    }),
    needs: z
      .array(stepName)
      .optional()
      .meta({
        description:
          'Ids of steps that must have succeeded before. Without it: the step before. `[]`: nothing. Steps that do not wait for each other run at the same time.',
        examples: [['image', 'test']],
      }),
    matrix: matrixSchema.optional(),
    when: conditionSchema.optional(),
    'run-when': z.enum(runWhens).default('on-success').meta({
      description:
        'For `run` steps, and, `on-failure` alone, deploy steps with `undo`: after which ends of the steps before it. `on-success`: everything that it needs, directly or through others, went well. `on-failure`: one of them failed (to report, to collect). `on-cancel`: the run was cancelled, by somebody or by a newer run (to take away what is half done). `always`: however they ended, also when the run is cancelled. After a cancel such steps may take five minutes more. Steps after such a step do not begin when something before it failed.',
    }),
    'allow-failure': z.boolean().default(false).meta({
      description:
        'For `run` and `deploy` steps: a failure of the step is a warning; the steps that need it begin all the same, and the run does not fail by it.',
    }),
    build: buildSchema.optional(),
    push: pushSchema.optional(),
    run: runSchema.optional(),
    deploy: deploySchema.optional(),
    approve: approveSchema.optional(),
    job: jobSchema.optional(),
    trigger: triggerSchema.optional(),
  })
  .meta({
    description:
      'One step. It has exactly one of `build`, `push`, `run`, `deploy`, `approve`, `job`, `trigger`.',
  });
export type WrittenStep = z.infer<typeof stepSchema>;

export const stepsSchema = z
  .array(stepSchema)
  .min(1, 'a pipeline has at least one step')
  .max(maxSteps, `at most ${maxSteps} steps`)
  .meta({ description: 'What a run does. In this order, one after the other, unless steps say `needs`.' });
