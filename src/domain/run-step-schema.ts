import { z } from 'zod';
import { cacheSchema } from './cache-schema.ts';
import { maxCores, minCores, ruleOnCores } from './core-count.ts';
import { commandEffort } from './effort-schema.ts';
import { besideKnownKeys, besideMistakes } from './rules-beside-mistakes.ts';
import { servicesSchema } from './services-schema.ts';
import { oneValueEach, stepSecrets } from './step-secrets-schema.ts';
import {
  imageOrMatrix,
  includingPatternsOrNone,
  memorySize,
  stepName,
  template,
  variableName,
} from './text-schemas.ts';

const eitherImage = "a run step needs either 'from' (a build step) or 'image'";

export const runSchema = z
  .strictObject({
    from: stepName.optional().meta({
      description: 'The id of a build step, whose image the commands run in. Either this or `image`.',
      examples: ['image'],
    }),
    image: imageOrMatrix.optional().meta({
      title: 'image reference',
      description: 'Any other image. Either this or `from`.',
      examples: ['registry.example.com/tools/node:22'],
    }),
    commands: z
      .array(z.string().min(1, 'an empty command'))
      .min(1, 'name at least one command')
      .meta({
        description:
          "Lines of one script for `/bin/sh -e`, from the first to the one that fails. `${...}` here is the shell's, not Trunkline's.",
        examples: [['npm ci', 'npm test']],
      }),
    env: z
      .record(variableName, template())
      .default({})
      .meta({ description: 'Environment variables.', examples: [{ REVISION: '${revision}' }] }),
    secrets: stepSecrets.optional().meta({
      description:
        'Environment variables with secrets of the server: entries of `secrets` of `trunkline.yaml` that name this pipeline. They are masked in the log; other steps and `services` do not get them.',
      examples: [{ NPM_TOKEN: 'npm-token' }],
    }),
    network: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'this is no name of a network')
      .optional()
      .meta({
        title: 'network',
        description: 'One of `docker.networks` of `trunkline.yaml`. Without it: the first of them.',
        examples: ['bridge'],
      }),
    cpus: z
      .number(ruleOnCores)
      .min(minCores)
      .max(maxCores)
      .optional()
      .meta({
        description: "Cores at most, within the server's limit, which holds without it.",
        examples: [1.5],
      }),
    memory: memorySize()
      .optional()
      .meta({
        description: "Memory at most, within the server's limit, which holds without it.",
        examples: ['512Mi'],
      }),
    services: servicesSchema.optional(),
    cache: cacheSchema.optional(),
    artifacts: includingPatternsOrNone()
      .optional()
      .meta({
        description:
          'Files that are kept once the commands have succeeded, relative to `source.path`. `build` and `run` steps that come after find them in their tree, `trunkline artifacts` and the page show them. At most 2000 files of a step; the server limits their size, and how long they are kept (`artifacts` of `trunkline.yaml`). Symbolic links are left out; that there is no such file fails the step. `[]`: none, also where a template has some.',
        examples: [['dist/**', 'report.xml']],
      }),
    ...commandEffort(),
  })
  .refine(({ from, image }) => from !== undefined || image !== undefined, {
    message: eitherImage,
    ...besideKnownKeys,
  })
  .refine(({ from, image }) => from === undefined || image === undefined, {
    message: eitherImage,
    ...besideMistakes,
  })
  .superRefine(oneValueEach, besideMistakes)
  .meta({
    description:
      'Runs commands in a container that begins in a copy of the tree: tests, checks. A command that fails fails the step.',
    examples: [{ from: 'image', commands: ['npm test'], timeout: '10m' }],
  });
