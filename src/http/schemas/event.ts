import { z } from 'zod';
import { branchEvents } from '../../domain/branch-events.ts';
import { gitlabEnds } from '../../domain/gitlab-pipeline.ts';
import { mergeRequestSchema } from './merge-request.ts';
import { filterSchema } from './run.ts';
import { pageOf, pageQuery, timestamp } from './shared.ts';

export const eventParams = z.strictObject({ id: z.string().min(1).describe('The id of the event') });

export const eventListQuery = pageQuery.extend({
  repository: z.string().optional().describe('Only events of this repository'),
  revision: z
    .string()
    .regex(
      /^(?:r?\d{1,15}|[0-9a-f]{7,64})$/,
      'must be a revision of Subversion, or the beginning of a commit id',
    )
    .transform((text) => text.replace('r', ''))
    .optional()
    .describe('Only events that announced or found it: `812` or `r812`, or at least 7 digits of a commit id'),
});

export const eventSummarySchema = z
  .object({
    id: z.string(),
    source: z.enum([
      'svn-hook',
      'jenkins-hook',
      'git-hook',
      'gitlab-hook',
      'github-hook',
      'gitea-hook',
      'poll',
      'api',
      'schedule',
      'pipeline',
    ]),
    repository: z.string().nullable(),
    revision: z.string().nullable().describe('The revision that it announced or found'),
    state: z.enum(['received', 'handled', 'failed']),
    error: z.string().nullable(),
    attempts: z.int(),
    remote: z.string().nullable().describe('The address that sent it'),
    receivedAt: timestamp,
    handledAt: timestamp.nullable(),
  })
  .meta({ id: 'EventSummary', description: 'Something that may start runs, stored as it came' });
export type EventSummary = z.output<typeof eventSummarySchema>;

export const eventPageSchema = pageOf(eventSummarySchema).meta({ id: 'EventPage' });

const decisionSchema = z
  .object({
    pipeline: z.string(),
    verdict: z
      .enum(['run', 'skip', 'wait'])
      .describe('`wait`: it passes, and its run is made when its branch is quiet'),
    waitUntil: timestamp.nullable().describe('Of `wait`: when that is, if nothing comes until then'),
    collapsedInto: z.uuid().nullable().describe('The run of a newer revision that stands for this one too'),
    runId: z.uuid().nullable(),
    filters: z.array(filterSchema),
  })
  .meta({ id: 'Decision', description: 'Why a pipeline did or did not run for a change' });

const gitlabPipelineSchema = z
  .object({ id: z.int(), status: z.enum(gitlabEnds) })
  .meta({ id: 'GitlabPipeline', description: 'A pipeline of GitLab that has ended, and how' });

const changeSchema = z
  .object({
    branch: z.string(),
    revision: z.string(),
    happened: z
      .enum(branchEvents)
      .nullable()
      .describe('Of the branch as a whole; null: it was there before and is after it'),
    renamed: z
      .object({ from: z.string(), to: z.string() })
      .nullable()
      .describe('Subversion: the revision moved the branch, which is one of these; null: it did not'),
    revisionProperties: z
      .record(z.string(), z.string())
      .describe('Subversion: those that whoever committed has set; of each value its beginning'),
    isReplaced: z.boolean().describe('Subversion: it was created in the place of another'),
    mergeRequest: mergeRequestSchema
      .nullable()
      .describe('Whose newest commit it is; null: it came to the branch'),
    gitlabPipeline: gitlabPipelineSchema
      .nullable()
      .describe('The pipeline of GitLab that has ended for it; null: it came to the branch'),
    author: z.string().nullable(),
    message: z.string(),
    paths: z.array(z.string()).describe('The first 1,000 at most'),
    pathCount: z.int(),
    decisions: z.array(decisionSchema),
  })
  .meta({
    id: 'Change',
    description: 'What a revision did to one branch, and what every pipeline made of it',
  });

export const eventSchema = eventSummarySchema
  .extend({
    body: z.json().describe('What was sent, or what counts of it'),
    payload: z
      .string()
      .nullable()
      .describe('What was sent, whole and without secrets, where `body` is only what counts of it'),
    changes: z.array(changeSchema).describe('Empty until it is handled, or when it touched no branch'),
    goneOn: z
      .object({ branch: z.string(), revision: z.string() })
      .nullable()
      .describe(
        'Git, of a push without changes: where its branch was, by a later push, when it was read; null: no hook tells',
      ),
  })
  .meta({ id: 'Event', description: 'An event with every decision that came of it' });
export type EventView = z.output<typeof eventSchema>;

export const hookAnswerSchema = z
  .object({ event: z.string().describe('The id of the stored event') })
  .meta({ id: 'HookAnswer' });
