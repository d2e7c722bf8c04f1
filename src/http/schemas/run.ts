import { z } from 'zod';
import { outcomes, runStates, stepStates } from '../../domain/outcome.ts';
import { runWhens } from '../../domain/pipeline.ts';
import { progressItemStates, progressPhases, progressUnits } from '../../domain/step-progress.ts';
import { approvalSchema } from './approval.ts';
import { mergeRequestSchema } from './merge-request.ts';
import { externalSchema, includedFileSchema, pipelinePlaceSchema } from './run-inputs.ts';
import { timestamp } from './shared.ts';

const triggers = [
  'commit',
  'merge-request',
  'gitlab-pipeline',
  'branch-created',
  'branch-deleted',
  'tag',
  'api',
  'retry',
  'rerun',
  'rollback',
  'correction',
  'schedule',
  'pipeline',
  'promotion',
] as const;

export const runParams = z.strictObject({
  id: z
    .string()
    .min(1)
    .describe('The id of the run, `cart:12`, `cart#12` (as `cart%2312`), or `cart:latest`'),
});

export const runSummarySchema = z
  .object({
    id: z.uuid(),
    pipeline: z.string(),
    number: z.int().describe('Counts up within the pipeline'),
    repository: z.string(),
    branch: z.string(),
    revision: z.string(),
    author: z.string().nullable(),
    message: z.string().describe('What the author said about the revision'),
    committedAt: timestamp.nullable(),
    trigger: z.enum(triggers),
    requestedBy: z.string(),
    state: z.enum(runStates),
    outcome: z.enum(outcomes).nullable().describe('How it ended; null before that'),
    reason: z.string().nullable().describe('One line: why it ended so, or what it waits for'),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    endedAt: timestamp.nullable(),
  })
  .meta({ id: 'RunSummary', description: 'A run, as lists show it' });
export type RunSummary = z.output<typeof runSummarySchema>;

const progressSchema = z
  .object({
    phase: z.enum(progressPhases),
    text: z.string().describe('One line for people'),
    done: z.number().describe('In `unit`, as `total` is'),
    total: z.number().nullable().describe('null: nobody knows how much there is'),
    unit: z.enum(progressUnits),
    items: z
      .array(
        z.object({
          name: z.string(),
          state: z.enum(progressItemStates),
          text: z.string().nullable(),
          done: z.number().nullable(),
          total: z.number().nullable(),
        }),
      )
      .describe('What goes on side by side: layers of an image, pods of a rollout'),
  })
  .meta({ id: 'StepProgress', description: 'How far a step has come; the last one is kept when it ends' });

const stepSchema = z
  .object({
    id: z.string(),
    kind: z.string().describe('`build`, `push`, `run`, `deploy`, `approve`, `job`, `trigger`'),
    needs: z.array(z.string()).describe('The steps that come before it'),
    runWhen: z.enum(runWhens).describe('After which ends of those it runs'),
    isWarning: z.boolean().describe('It failed, as its file allows: the run does not fail by it'),
    state: z.enum(stepStates),
    outcome: z
      .enum([...outcomes, 'skipped'])
      .nullable()
      .describe('`skipped`: it was not to run; the reason says why'),
    reason: z.string().nullable(),
    attempt: z.int().describe('How often it was begun'),
    startedAt: timestamp.nullable(),
    endedAt: timestamp.nullable(),
    output: z.record(z.string(), z.json()).nullable().describe('What it left for later steps'),
    progress: progressSchema.nullable().describe('null: it has said nothing'),
    triggered: z
      .object({ id: z.string(), pipeline: z.string(), number: z.int() })
      .nullable()
      .describe('The run that a trigger step has started'),
    approval: approvalSchema.nullable().describe('Of an approve step only'),
  })
  .meta({ id: 'Step', description: 'One step of a run' });

const imageSchema = z
  .object({
    step: z.string().describe('The step that pushed it'),
    reference: z.string().describe('Repository and digest: what a deployment names'),
    digest: z.string(),
    tags: z.array(z.string()),
  })
  .meta({ id: 'Image', description: 'An image that the run has put into a registry' });

export const filterSchema = z
  .object({
    filter: z.string().describe('`branches`, `paths`'),
    expected: z.string(),
    actual: z.string(),
    passed: z.boolean(),
  })
  .meta({ id: 'FilterVerdict', description: 'One filter of a pipeline, held against one change' });

export const deploymentSchema = z
  .object({
    id: z.string(),
    runId: z.uuid(),
    pipeline: z.string().describe('Of the run'),
    number: z.int().describe('Of the run'),
    step: z.string(),
    trigger: z.enum(triggers).describe('Of the run'),
    requestedBy: z.string().describe('Who or what made the run'),
    author: z.string().nullable().describe('Of the revision'),
    message: z.string().describe('What the author said about the revision'),
    environment: z.string(),
    target: z.string().describe('Cluster, namespace and workload'),
    workload: z.string().describe('`deployment/cart`: the end of the target'),
    branch: z.string(),
    revision: z.string(),
    state: z.enum(['active', 'ended']),
    outcome: z
      .enum([...outcomes, 'partial', 'lost', 'suspended'])
      .nullable()
      .describe('How the rollout ended; null before that'),
    cause: z.string().nullable().describe('One line: why it ended so'),
    images: z.record(z.string(), z.json()).describe('The digests that it put in'),
    evidence: z.record(z.string(), z.json()).nullable().describe('What was found before a rollback began'),
    rollback: z.record(z.string(), z.json()).nullable().describe('What was rolled back to, or why not'),
    startedAt: timestamp,
    endedAt: timestamp.nullable(),
    canRollBackTo: z
      .boolean()
      .describe('Its set is on record, it became healthy, and something newer runs now'),
  })
  .meta({ id: 'Deployment', description: 'One rollout of one workload' });
export type DeploymentView = z.output<typeof deploymentSchema>;

const artifactSchema = z
  .object({
    step: z.string().describe('The step that left it'),
    path: z.string().describe('Relative to `source.path`'),
    bytes: z.int(),
  })
  .meta({ id: 'Artifact', description: 'A file that a run step has left' });

export const artifactListSchema = z.object({ items: z.array(artifactSchema) });
export const artifactParams = runParams.extend({ step: z.string() });
export const artifactQuery = z.strictObject({ path: z.string().describe('As the list has it') });

export const runSchema = runSummarySchema
  .extend({
    parameters: z.record(z.string(), z.json()),
    cancel: z
      .object({ requestedAt: timestamp, by: z.string(), rollout: z.enum(['leave', 'roll-back']) })
      .nullable()
      .describe('Somebody asked to cancel it'),
    logRemovedAt: timestamp.nullable().describe('When the retention policy took its log; null: it is there'),
    externals: z
      .array(externalSchema)
      .nullable()
      .describe('Subversion: null before its tree was fetched. A rerun or retry gets the same'),
    pipelineFile: pipelinePlaceSchema,
    files: z
      .array(includedFileSchema)
      .describe('What its pipeline was put together from, beside its own file; a retry gets the same'),
    steps: z.array(stepSchema),
    images: z.array(imageSchema),
    deployments: z.array(deploymentSchema),
    why: z
      .object({
        eventId: z.string().nullable().describe('The event that it came from'),
        filters: z.array(filterSchema).describe('What its pipeline asked of the change; empty for a request'),
        mergeRequest: mergeRequestSchema.nullable(),
        collapsed: z
          .array(z.object({ revision: z.string(), author: z.string().nullable(), message: z.string() }))
          .describe('Older revisions of its branch that it stands for too, newest first'),
        upstream: z
          .object({ id: z.uuid(), pipeline: z.string(), number: z.int() })
          .nullable()
          .describe('The run of another pipeline whose end made this one'),
      })
      .describe('Why there is this run'),
  })
  .meta({ id: 'Run', description: 'A run with its steps, images and deployments' });
export type Run = z.output<typeof runSchema>;

export const cancelBody = z
  .strictObject({
    rollout: z
      .enum(['leave', 'roll-back'])
      .default('roll-back')
      .describe('What becomes of a rollout in progress: left as it is, or rolled back'),
  })
  .default({ rollout: 'roll-back' });

export const logQuery = z.strictObject({
  step: z.string().optional().describe('Only the log of this step'),
});

export const logSearchQuery = logQuery.extend({
  text: z.string().min(1).max(500).describe('What the lines hold; capital and small letters are the same'),
  after: z.coerce.number().int().min(0).default(0).describe('`next` of the answer before'),
  limit: z.coerce.number().int().min(1).max(1000).default(1000).describe('Lines of an answer at most'),
});

export const logHitListSchema = z
  .object({
    items: z.array(
      z.object({
        line: z.int().describe('Counts from 1, as the page does: of the step alone where one is asked for'),
        step: z.string(),
        at: timestamp,
        text: z.string().describe('The line without its colours'),
      }),
    ),
    next: z
      .int()
      .nullable()
      .describe('Send it as `after` for the lines that follow; null: there are no more'),
  })
  .meta({ id: 'LogHitList', description: 'Lines of a log that hold a text' });
