import { z } from 'zod';
import { conditionSchema } from './condition-schema.ts';
import { includeSchema, templateSchema, templatesSchema } from './include-schema.ts';
import { parametersSchema } from './parameter-schema.ts';
import { branchGroup, priorities } from './pipeline.ts';
import { repositoryFileSchema, stepsFileSchema } from './repository-file-schema.ts';
import { besideMistakes } from './rules-beside-mistakes.ts';
import { stepSchema, stepsSchema } from './step-schemas.ts';
import { duration, label, name, sparsePlaceInTree, template, treePath } from './text-schemas.ts';
import {
  branch,
  commit,
  gitlabPipeline,
  mergeRequest,
  pipelineTrigger,
  schedule,
  tag,
} from './trigger-schemas.ts';

/** Keys that people may expect here. */
export const refusedKeys = {
  notify: "who is told of runs stands in trunkline.yaml, under 'notify'",
} as const;

const source = z
  .strictObject({
    repository: name.meta({ description: 'A repository of `trunkline.yaml`.', examples: ['shop'] }),
    path: treePath.default('').meta({
      description:
        "The folder of this service, below the branch's root. Every other path in the file is relative to it. Empty: the root.",
      examples: ['services/cart'],
    }),
    only: z
      .array(sparsePlaceInTree)
      .min(1, 'an empty list leaves nothing')
      .max(100)
      .optional()
      .meta({
        description:
          'Folders and files below `path` that the tree holds, as for one service of a large repository and what it shares with others; nothing else is fetched. `libs/*` is a folder with the files right in it, `*` those at the root of `path`. Without it: all. Commits that touch nothing of them start nothing. Subversion: `svn:externals` of these folders and below are followed, not those of folders above, nor of `libs/*`.',
        examples: [
          ['services/cart', 'libs/common', 'build.gradle'],
          ['services/cart', '*'],
        ],
      }),
  })
  .meta({ description: 'Where the code comes from.' });

const concurrency = z
  .strictObject({
    group: template()
      .min(1, 'an empty group')
      .default(branchGroup)
      .meta({
        description:
          'Runs of this pipeline with the same text here wait for each other. With `${branch}` those of a merge request wait for each other alone.',
        examples: ['${branch}', 'everything'],
      }),
    queue: z.enum(['latest', 'fifo']).default('fifo').meta({
      description:
        'What happens to runs that wait: `fifo`, each has its turn; `latest`, only the newest has, older ones end as superseded.',
    }),
    limit: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .meta({ description: 'How many runs of a group work at the same time.', examples: [2] }),
    'max-queue': z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .meta({
        description:
          'With `fifo`: how many runs of a group may wait. When there are more, the oldest of them end as superseded. Without it: any number.',
        examples: [10],
      }),
    'queue-timeout': duration({ from: '1m', to: '30d' })
      .optional()
      .meta({
        description:
          'How long a run may wait for its turn, from when it was made; then it ends as timed out. Without it: for as long as it takes.',
        examples: ['2h'],
      }),
    'cancel-in-progress': z.boolean().default(false).meta({
      description:
        'Whether a newer run makes an older one of its group end that works already, or waits for an approval; it ends as superseded, and so do those that still wait for their turn, as with `queue: latest`. A run that has begun to deploy is never ended so: the newer one waits for it.',
    }),
  })
  .refine((one) => one.queue !== 'latest' || one['max-queue'] === undefined, {
    path: ['max-queue'],
    message: "'max-queue' belongs to queue: fifo\nwith latest one run waits, the newest",
    ...besideMistakes,
  })
  .meta({ description: 'Which runs wait for which.' });

const ofTemplate = templateSchema(Object.keys(stepSchema.shape).filter((key) => key !== 'id'));
const templates = templatesSchema(ofTemplate);

/** A file that others include. */
export const fragmentFileSchema = z.strictObject({
  include: includeSchema.optional(),
  templates,
});

/** The same with what the keys of its templates may hold, as far as they stand there. */
export const templatePartsSchema = z.looseObject({
  templates: z
    .record(z.string(), z.looseObject(z.object(stepSchema.shape).omit({ id: true }).partial().shape))
    .optional(),
});

/** A file in the repository that has the steps of a pipeline of the server. */
export const repositoryPipelineSchema = repositoryFileSchema({ steps: stepsSchema, templates });

/** The pipeline file as it is written, with defaults filled in; `parsePipeline` turns it into a `Pipeline`. */
export const pipelineFileSchema = z.strictObject({
  name: name.meta({ description: 'The name of the pipeline, unique on the server.', examples: ['cart'] }),
  source,
  on: z
    .strictObject({
      commit: commit.optional(),
      'merge-request': mergeRequest.optional(),
      'gitlab-pipeline': gitlabPipeline.optional(),
      branch: branch.optional(),
      tag: tag.optional(),
      schedule: schedule.optional(),
      pipeline: pipelineTrigger.optional(),
    })
    .default({})
    .meta({
      description: 'What starts a run by itself. Without it, only a request does (`trunkline trigger`).',
    }),
  parameters: parametersSchema.optional(),
  include: includeSchema.optional(),
  templates: templates.optional(),
  when: conditionSchema
    .meta({
      description:
        'When the steps run, all of them: each has this condition beside its own. A run for which it does not hold ends at once, as succeeded, and says why. What starts a run in the first place is said under `on`.',
    })
    .optional(),
  concurrency: concurrency.default({
    group: branchGroup,
    queue: 'fifo',
    limit: 1,
    'cancel-in-progress': false,
  }),
  priority: z.enum(priorities).default('normal').meta({
    description:
      'Which runs come first where runs wait for a free worker. A run that has waited for 5 minutes counts as one step higher, after 10 minutes as `high`: none waits for ever.',
  }),
  'runs-on': z
    .union([label, z.array(label).max(16)])
    .default([])
    .meta({
      description:
        'Labels that a worker must have to execute the run, all of them. Each worker has those that its start gives it (`trunkline worker --label`, or `labels` in `trunkline.yaml`), and its system (`linux`) and processor (`x64`, `arm64`).',
      examples: ['gpu', ['linux', 'gpu']],
    }),
  file: stepsFileSchema.optional(),
  steps: stepsSchema.optional(),
});
export type WrittenPipeline = z.infer<typeof pipelineFileSchema>;

/** The JSON Schema that `docs/pipeline.md` and `pipelines/pipeline.schema.json` are made from. */
export function pipelineJsonSchema(): z.core.JSONSchema.BaseSchema {
  const json = z.toJSONSchema(pipelineFileSchema, {
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      // Its keys are those of a step, which are described there.
      if (zodSchema === ofTemplate)
        for (const key of ['properties', 'additionalProperties']) Reflect.deleteProperty(jsonSchema, key);
    },
  });
  return { title: 'Trunkline pipeline', ...json };
}
