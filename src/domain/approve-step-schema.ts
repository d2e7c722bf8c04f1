import { z } from 'zod';
import { besideMistakes } from './rules-beside-mistakes.ts';
import { duration, name } from './text-schemas.ts';

export const roles = z.array(name).min(1, 'name at least one role').max(20);

export const approvalCount = z.int().min(1).max(20);

const waits = { from: '1s', to: '30d' };

/** How long an approve step waits that says nothing about it. */
export const defaultWait = '24h';

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
      .max(500)
      .optional()
      .meta({ description: 'What to look at before approving.', examples: ['Staging looks well?'] }),
    expires: duration(waits)
      .optional()
      .meta({
        description: `Until when. Then the step ends as timed-out. Default: ${defaultWait}.`,
        examples: ['24h'],
      }),
    timeout: duration(waits)
      .optional()
      .meta({
        description: 'The same as `expires`, by the name that it has in other steps.',
        examples: ['8h'],
      }),
  })
  .refine(({ expires, timeout }) => expires === undefined || timeout === undefined, {
    message: "'expires' and 'timeout' mean the same\ndelete one of them",
    ...besideMistakes,
  })
  .meta({
    description:
      'Waits for people, without holding up a worker or other runs. What they approve is exactly what the run has made so far: the digests of its images and the manifests of the deploy steps that follow; if any of it changes, their approval is void.',
    examples: [
      { by: ['release'] },
      { by: ['qa', 'release'], count: 2, expires: '8h', message: 'Staging looks well?' },
    ],
  });
