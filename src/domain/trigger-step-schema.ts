import { z } from 'zod';
import { effort } from './effort-schema.ts';
import { name, template } from './text-schemas.ts';

export const triggerSchema = z
  .strictObject({
    pipeline: name.meta({ description: 'The pipeline of this server that is started.', examples: ['e2e'] }),
    parameters: z
      .record(name, z.union([template(), z.number(), z.boolean()]))
      .default({})
      .meta({
        description: 'Values for parameters of that pipeline; those that are left out have their defaults.',
        examples: [{ target: 'staging', revision: '${revision}' }],
      }),
    wait: z
      .boolean()
      .default(true)
      .meta({
        description:
          'Whether the step lasts until that run has ended, and ends as it does. A cancel, or the end of `timeout`, then cancels that run too. `false`: the step has succeeded once the run is made.',
        examples: [false],
      }),
    ...effort('6h'),
  })
  .meta({
    description:
      "Starts another pipeline and takes its outcome over. In the same repository it runs at the same branch and revision, elsewhere at the newest of that repository's trunk or default branch. While the step waits, it needs no worker.",
    examples: [{ pipeline: 'e2e', parameters: { target: 'staging' } }],
  });
