import { z } from 'zod';
import { besideKnownKeys } from './rules-beside-mistakes.ts';
import { name, treePath } from './text-schemas.ts';

const yamlFile = treePath
  .regex(/\.ya?ml$/, 'an included file ends in .yaml or .yml')
  .meta({ examples: ['shared/node.yaml'] });

const revision = z
  .union([z.int().min(1, 'a revision counts from 1'), z.string()])
  .refine(
    (text) => typeof text === 'number' || /^(?:[1-9]\d{0,9}|[0-9a-f]{40}|[0-9a-f]{64})$/.test(text),
    'a fixed revision is a number (Subversion), or all 40 digits of a commit (Git)\na branch or a tag can move, so it pins nothing',
  );

/** One file that is included, as it is written. */
export const includeEntrySchema = z
  .strictObject({
    file: yamlFile.meta({
      description:
        'The file. Without `repository`: below the folder of the pipeline files; in a pipeline file of a repository, below the root of its branch. With it: below the root of that repository (Subversion: `trunk/ci/node.yaml`).',
    }),
    repository: name
      .meta({ description: 'A repository of `trunkline.yaml` that has the file.', examples: ['templates'] })
      .optional(),
    revision: revision
      .meta({
        description:
          'With `repository`, and needed there: the fixed revision at which the file is read, a number (Subversion) or all 40 digits of a commit (Git).',
        examples: [4711],
      })
      .optional(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'a SHA-256 sum has 64 digits, 0 to 9 and a to f\nsha256sum FILE prints it')
      .meta({
        description:
          'The SHA-256 sum that the file must have, as `sha256sum` prints it. Without it any content is taken; its sum is kept with each run.',
      })
      .optional(),
  })
  .superRefine((entry, context) => {
    if (entry.repository !== undefined && entry.revision === undefined)
      context.addIssue({
        code: 'custom',
        message: 'a file of a repository is included at a fixed revision\nadd revision: NUMBER or COMMIT',
      });
    if (entry.repository === undefined && entry.revision !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['revision'],
        message: "a revision without a repository\nadd repository: NAME, or remove 'revision'",
      });
  }, besideKnownKeys)
  .meta({ description: 'One file with templates.' });

export const includeSchema = z.array(includeEntrySchema).min(1, 'an empty list includes nothing').meta({
  description:
    'Files with `templates` that the steps here may extend. A file that is included may include others. Nothing else of this file changes by it.',
});

/** A template may leave out whatever the steps that extend it say themselves. */
export function templateSchema(stepKeys: readonly string[]) {
  return z
    .strictObject(
      Object.fromEntries(stepKeys.map((key) => [key, key === 'extends' ? name.optional() : z.unknown()])),
    )
    .partial();
}

export function templatesSchema(template: ReturnType<typeof templateSchema>) {
  return z.record(name, template).meta({
    description:
      'Parts of steps, by names of your choice. A template has what a step has, but `id`, and may leave out anything; it may extend another one.',
    examples: [{ node: { run: { image: 'node:24', commands: ['npm ci', 'npm test'], timeout: '10m' } } }],
  });
}
