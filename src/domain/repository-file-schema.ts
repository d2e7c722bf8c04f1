import { z } from 'zod';
import { includeSchema, type templatesSchema } from './include-schema.ts';
import type { stepsSchema } from './step-schemas.ts';
import { name, treePath } from './text-schemas.ts';

const path = treePath.regex(/\.ya?ml$/, 'a pipeline file ends in .yaml or .yml').meta({
  description: 'The file, relative to `source.path`.',
  examples: ['ci/trunkline.yaml'],
});

const description =
  'Instead of `steps`: a file of the repository that has them, read at the revision of each run. It may have `steps`, `templates` and `include`; everything else stays here, on the server.';

/** Where a server's pipeline says that its steps are in the repository. */
export const stepsFileSchema = z
  .union([
    path,
    z.strictObject({
      path,
      'merge-requests': z.enum(['target', 'source']).default('target').meta({
        description:
          'From which branch the file is read for a merge request: `target`, the branch that it is to be merged into, so that a request cannot change what is done with it; `source`, its own branch, where whoever may open one is trusted.',
      }),
      starts: z
        .array(name)
        .default([])
        .meta({
          description:
            'Pipelines that `trigger` steps of the file may start, in its own repository only at branches that the `branches` of what starts them by itself (`commit`, `merge-request`, `gitlab-pipeline`, `pipeline`) let pass. Left out: none, since whoever may commit there writes the file.',
          examples: [['e2e']],
        }),
    }),
  ])
  .meta({ description, examples: ['ci/trunkline.yaml'] });

/** The file in the repository itself. */
export function repositoryFileSchema(parts: {
  steps: typeof stepsSchema;
  templates: ReturnType<typeof templatesSchema>;
}) {
  return z.strictObject({
    include: includeSchema.optional(),
    templates: parts.templates.optional(),
    steps: parts.steps,
  });
}

/** What the repository's file may not say, and where it is said. */
const onTheServer = "it stands in the server's pipeline file, beside 'file'";
export const serversKeys: Readonly<Record<string, string>> = Object.fromEntries(
  ['name', 'source', 'on', 'file', 'parameters', 'when', 'concurrency', 'priority', 'runs-on'].map((key) => [
    key,
    onTheServer,
  ]),
);
