import { z } from 'zod';
import { includingPatterns, name } from '../domain/text-schemas.ts';
import { secretReference } from './shared-schemas.ts';

/** An entry of `secrets`. */
export const secretSchema = z.strictObject({
  value: secretReference.meta({
    description: 'Where it is: at least 4 characters, at most 64 KiB.',
    examples: [{ file: '/run/secrets/npm-token' }],
  }),
  pipelines: z
    .union([z.literal('all'), z.array(name).min(1, 'name at least one pipeline')], {
      error: "the names of pipelines, or 'all'",
    })
    .meta({
      description:
        'The pipelines whose steps may have it, or `all`. A pipeline file in a repository has the name that the server gives it.',
      examples: [['cart']],
    }),
  branches: includingPatterns()
    .optional()
    .meta({
      description:
        'The branches whose runs get it: where the steps are in the repository, whoever may commit to such a branch can have it. Of a merge request the branch counts that it is to be merged into. Default: all.',
      examples: [['main', 'release-*']],
    }),
  'merge-requests': z.boolean().default(false).meta({
    description:
      'Whether runs of merge requests get it too, whose code nobody has reviewed yet. Those of forks never do.',
  }),
});
