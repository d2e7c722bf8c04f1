import { z } from 'zod';
import { effort } from './effort-schema.ts';
import { besideKnownKeys, besideMistakes } from './rules-beside-mistakes.ts';
import { oneValueEach, stepSecrets } from './step-secrets-schema.ts';
import { name, stepName, template, treePath, variableName } from './text-schemas.ts';

const eitherSource = "a job step needs either 'manifest' or 'from'";

export const jobSchema = z
  .strictObject({
    environment: name.meta({
      description: 'An environment of `trunkline.yaml` that is a namespace of a Kubernetes cluster.',
      examples: ['staging'],
    }),
    manifest: treePath.optional().meta({
      description:
        'A file with one `Job`, below `source.path`. A container whose image has the name of a built image gets the digest that was pushed. What was pushed before and no container names is refused, unless another step takes it: a build that stands on it, a job, other workloads. Either this or `from`.',
      examples: ['deploy/migrate.yaml'],
    }),
    from: stepName.optional().meta({
      description: 'The id of a build step, in whose pushed image `commands` run. Either this or `manifest`.',
      examples: ['image'],
    }),
    commands: z
      .array(z.string().min(1, 'an empty command'))
      .min(1, 'name at least one command')
      .optional()
      .meta({
        description: 'With `from`: lines of one script for `/bin/sh -e`, as in a `run` step.',
        examples: [['node migrate.js']],
      }),
    env: z
      .record(variableName, template())
      .default({})
      .meta({
        description: 'With `from`: environment variables. A `manifest` has its own.',
        examples: [{ REVISION: '${revision}' }],
      }),
    secrets: stepSecrets.optional().meta({
      description:
        'With `from`: environment variables with secrets of the server, as in a `run` step. They are in a Secret of the Job, which is deleted when the Job has ended, and masked in the log. A `manifest` names Secrets of the namespace instead.',
      examples: [{ DATABASE_URL: 'shop-database' }],
    }),
    once: z
      .boolean()
      .default(true)
      .meta({
        description:
          'Whether it is skipped where the same revision, manifest and digests have already succeeded in the environment. `false` for what is to happen before every rollout, such as a backup.',
        examples: [false],
      }),
    irreversible: z
      .boolean()
      .default(false)
      .meta({
        description:
          'Whether what it has done cannot be undone, as a migration that drops a column. Once it has succeeded, no deploy step of this pipeline goes back by itself to what ran in the environment before it; a person still may, with a warning.',
        examples: [true],
      }),
    ...effort('30m'),
  })
  .refine(({ manifest, from }) => manifest !== undefined || from !== undefined, {
    message: eitherSource,
    ...besideKnownKeys,
  })
  .refine(({ manifest, from }) => manifest === undefined || from === undefined, {
    message: eitherSource,
    ...besideMistakes,
  })
  .refine(({ from, commands }) => (from === undefined) === (commands === undefined), {
    message: "'from' and 'commands' belong together",
    ...besideKnownKeys,
  })
  .refine(({ manifest, secrets }) => manifest === undefined || secrets === undefined, {
    path: ['secrets'],
    message:
      "'secrets' belongs to 'from'\na manifest names a Secret of the namespace, which it reads by itself",
    ...besideMistakes,
  })
  .superRefine(oneValueEach, besideMistakes)
  .meta({
    description:
      'Runs a Kubernetes Job to its end before later steps begin: a migration of a database. Its log is the log of the step. What has already succeeded in the environment with the same revision, manifest and digests is not run again, unless `once` is `false`. Without a `backoffLimit` of its own a failed pod is not tried again.',
    examples: [
      { environment: 'staging', manifest: 'deploy/migrate.yaml' },
      { environment: 'staging', from: 'image', commands: ['node migrate.js'] },
    ],
  });
