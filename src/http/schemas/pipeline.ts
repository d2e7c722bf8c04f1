import { z } from 'zod';
import { branchCases } from '../../domain/branch-events.ts';
import { gitlabEnds } from '../../domain/gitlab-pipeline.ts';
import { runWhens } from '../../domain/pipeline.ts';
import { runSummarySchema } from './run.ts';
import { timestamp } from './shared.ts';

export const pipelineParams = z.strictObject({
  name: z.string().min(1).describe('The name of the pipeline'),
});

export const pipelineSchema = z
  .object({
    name: z.string(),
    repository: z.string(),
    path: z.string().describe('The base of its paths within a branch; empty: the root of the branch'),
    commit: z
      .object({
        branches: z.array(z.string()),
        paths: z.array(z.string()),
        revisions: z.enum(['every', 'latest']),
      })
      .nullable()
      .describe('Which commits start it; null: none'),
    mergeRequest: z
      .object({
        branches: z.array(z.string()).describe('That it is to be merged into'),
        forks: z.boolean().optional().describe('Whether those of forks count too'),
      })
      .nullable()
      .describe('Which merge requests start it; null: none'),
    gitlabPipeline: z
      .object({ status: z.array(z.enum(gitlabEnds)), branches: z.array(z.string()) })
      .nullable()
      .describe('Which pipelines of GitLab start it; null: none'),
    branch: z
      .object({ events: z.array(z.enum(branchCases)), branches: z.array(z.string()) })
      .nullable()
      .describe('Which branches start it when they are made or deleted; null: none'),
    tag: z
      .object({ tags: z.array(z.string()) })
      .nullable()
      .describe('Which tags start it; null: none'),
    schedule: z
      .object({
        cron: z.string(),
        timezone: z.string(),
        branch: z.string().nullable().describe('null: the trunk, or the default branch'),
        missed: z.enum(['once', 'skip']),
        next: timestamp.nullable().describe('When it is due next'),
      })
      .nullable()
      .describe('When it starts by the clock; null: never'),
    upstream: z
      .object({
        name: z.string(),
        on: z.enum(['succeeded', 'failed', 'ended']),
        branches: z.array(z.string()),
      })
      .nullable()
      .describe('The pipeline after whose runs it starts; null: none'),
    parameters: z
      .array(
        z.object({
          name: z.string(),
          type: z.enum(['string', 'number', 'boolean', 'choice']),
          default: z
            .union([z.string(), z.number(), z.boolean()])
            .nullable()
            .describe('null: a request must give a value'),
          options: z.array(z.string()).describe('Of a choice'),
          pattern: z.string().nullable().describe('What the whole text must match'),
          description: z.string().nullable(),
        }),
      )
      .describe('What a request may give to a run'),
    stepsFile: z
      .string()
      .nullable()
      .describe(
        'The file of the repository that has its steps, below its path; null: they are in its own file',
      ),
    steps: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        needs: z.array(z.string()),
        runWhen: z.enum(runWhens),
        isConditional: z.boolean().describe('Some runs skip it: it has a `when`'),
      }),
    ),
    latestRun: runSummarySchema.nullable(),
    recentRuns: z
      .array(
        runSummarySchema.pick({
          id: true,
          number: true,
          state: true,
          outcome: true,
          startedAt: true,
          endedAt: true,
        }),
      )
      .describe('The newest 20, newest first'),
  })
  .meta({ id: 'Pipeline', description: 'A pipeline that this server knows' });
export type PipelineView = z.output<typeof pipelineSchema>;

const problemInFileSchema = z.object({
  file: z.string(),
  line: z.int(),
  column: z.int(),
  message: z.string(),
  hint: z.string().optional(),
});

export const pipelineListSchema = z
  .object({
    items: z.array(pipelineSchema),
    problems: z
      .array(problemInFileSchema)
      .describe('What is wrong with pipeline files; such a file starts nothing'),
  })
  .meta({ id: 'PipelineList' });

export const pipelineDetailSchema = pipelineSchema
  .extend({ file: z.string(), source: z.string().describe('The file, as written') })
  .meta({ id: 'PipelineDetail' });

export const pipelineFileParams = z.strictObject({
  file: z.string().min(1).describe('The name of the file, as `cart.yaml`'),
});

export const pipelineFileSchema = z
  .object({ file: z.string(), source: z.string(), problems: z.array(problemInFileSchema) })
  .meta({ id: 'PipelineFile', description: 'A pipeline file and its problems' });

export const lintBody = z.strictObject({
  text: z.string().describe('What stands in the file'),
  file: z.string().min(1).max(200).default('pipeline.yaml').describe('What the problems call it'),
});

export const lintSchema = z
  .object({ problems: z.array(problemInFileSchema).describe('Empty: there are none') })
  .meta({ id: 'Lint', description: 'What is wrong with a pipeline file' });

export const runRequestHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('The same key on the same pipeline always means the same run'),
});

export const runRequestBody = z
  .strictObject({
    branch: z.string().min(1).optional().describe("Default: the repository's trunk"),
    revision: z.string().min(1).optional().describe('Default: the newest one of the branch'),
    parameters: z
      .record(z.string(), z.json())
      .optional()
      .describe('Values for the run; those that are left out have their defaults'),
  })
  .default({});
