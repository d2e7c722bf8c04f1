import { z } from 'zod';
import { duration, name } from './text-schemas.ts';

export const roles = z.array(name).min(1, 'name at least one role').max(20, 'at most 20 roles');

export const approvalCount = z.int().min(1, 'at least 1').max(20, 'at most 20');

export const approveSchema = z
  .strictObject({
    by: roles.meta({
      description:
        'Roles, one of which a person needs who decides; tokens have them (`trunkline token create --role`).',
      examples: [['release']],
    }),
    count: approvalCount.default(1).meta({
      description: 'How many different people must approve. One who rejects is enough to end the run.',
    }),
    'not-author': z.boolean().default(true).meta({
      description:
        'Whether its authors, also those of older commits that the run stands for, and whoever asked for the run, may not approve it. They are known by the name of their token.',
    }),
    message: z
      .string()
      .min(1, 'an empty message')
      .max(500, 'at most 500 characters')
      .optional()
      .meta({ description: 'What to look at before approving.', examples: ['Staging looks well?'] }),
    timeout: duration({ from: '1s', to: '30d' })
      .default('24h')
      .meta({ description: 'Until when. Then the step ends as timed-out.', examples: ['24h'] }),
  })
  .meta({
    description:
      'Waits for people, without holding up a worker or other runs. What they approve is exactly what the run has made so far: the digests of its images and the manifests of the deploy steps that follow; if any of it changes, their approval is void.',
    examples: [
      { by: ['release'] },
      { by: ['qa', 'release'], count: 2, timeout: '8h', message: 'Staging looks well?' },
    ],
  });
