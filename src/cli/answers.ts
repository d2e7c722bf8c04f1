import { z } from 'zod';
import { branchEvents } from '../domain/branch-events.ts';

/** What the commands read of the server's answers; anything else in them is left alone, as newer servers say more. */
const text = z.string().nullable();
const time = z.coerce.date();

const runSummary = z.object({
  id: z.string(),
  pipeline: z.string(),
  number: z.number(),
  branch: z.string(),
  revision: z.string(),
  author: text,
  message: z.string(),
  trigger: z.string(),
  requestedBy: z.string(),
  state: z.string(),
  outcome: text,
  reason: text,
  createdAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
});
export type RunSummary = z.output<typeof runSummary>;

const filter = z.object({
  filter: z.string(),
  expected: z.string(),
  actual: z.string(),
  passed: z.boolean(),
});

const stepProgress = z.object({
  phase: z.string(),
  text: z.string(),
  done: z.number(),
  total: z.number().nullable(),
  unit: z.string(),
  items: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      text,
      done: z.number().nullable(),
      total: z.number().nullable(),
    }),
  ),
});
export type StepProgress = z.output<typeof stepProgress>;

const mergeRequest = z.object({
  number: z.number(),
  source: z.string(),
  target: z.string(),
  isFork: z.boolean().optional(),
});
const gitlabPipeline = z.object({ id: z.number(), status: z.string() });
const approval = z.object({
  by: z.array(z.string()),
  count: z.number().default(1),
  decisions: z.array(z.object({ verdict: z.string(), isVoid: z.boolean() })).default([]),
  subject: text,
  images: z.record(z.string(), z.string()),
  changes: z.array(z.string()).default([]),
  manualChanges: z.array(z.string()).default([]),
});

const run = runSummary.extend({
  parameters: z.record(z.string(), z.unknown()).default({}),
  logRemovedAt: time.nullish(),
  steps: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      needs: z.array(z.string()),
      isWarning: z.boolean().default(false),
      state: z.string(),
      outcome: text,
      reason: text,
      startedAt: time.nullable(),
      endedAt: time.nullable(),
      progress: stepProgress.nullable(),
      output: z.record(z.string(), z.json()).nullish(),
      approval: approval.nullish(),
    }),
  ),
  externals: z.array(z.object({ path: z.string(), url: z.string(), revision: z.string() })).nullish(),
  pipelineFile: z
    .object({
      repository: z.string().nullable(),
      file: z.string().nullable(),
      revision: z.string().nullable(),
      sha256: z.string().nullable(),
    })
    .nullish(),
  images: z.array(z.object({ step: z.string(), reference: z.string(), tags: z.array(z.string()) })),
  deployments: z.array(
    z.object({
      environment: z.string(),
      target: z.string(),
      state: z.string(),
      outcome: text,
      cause: text,
    }),
  ),
  why: z.object({
    eventId: text,
    filters: z.array(filter),
    mergeRequest: mergeRequest.nullish(),
    collapsed: z.array(z.object({ revision: z.string(), author: text, message: z.string() })).default([]),
  }),
});
export type Run = z.output<typeof run>;

const artifacts = z.object({
  items: z.array(z.object({ step: z.string(), path: z.string(), bytes: z.number() })),
});
export type Artifact = z.output<typeof artifacts>['items'][number];
export type Step = Run['steps'][number];

const pipelineSummary = z.object({
  name: z.string(),
  repository: z.string(),
  commit: z.object({ branches: z.array(z.string()) }).nullable(),
  mergeRequest: z.object({ branches: z.array(z.string()) }).nullish(),
  gitlabPipeline: z.object({ status: z.array(z.string()), branches: z.array(z.string()) }).nullish(),
  branch: z.object({ events: z.array(z.string()), branches: z.array(z.string()) }).nullish(),
  tag: z.object({ tags: z.array(z.string()) }).nullish(),
  schedule: z.object({ cron: z.string(), timezone: z.string(), next: time.nullable() }).nullish(),
  upstream: z.object({ name: z.string(), on: z.string() }).nullish(),
  latestRun: runSummary.nullable(),
});
export type PipelineSummary = z.output<typeof pipelineSummary>;

const pipelineProblem = z.object({ file: z.string(), line: z.number(), message: z.string() });

const eventSummary = z.object({
  id: z.string(),
  source: z.string(),
  repository: text,
  revision: text,
  state: z.string(),
  error: text,
  receivedAt: time,
});
export type EventSummary = z.output<typeof eventSummary>;

const event = eventSummary.extend({
  /** What came in; of what the server has found out by itself, its alarm. */
  body: z.object({ alarm: z.string().optional() }).catch({}),
  goneOn: z.object({ branch: z.string(), revision: z.string() }).nullish(),
  changes: z.array(
    z.object({
      branch: z.string(),
      revision: z.string(),
      mergeRequest: mergeRequest.nullish(),
      gitlabPipeline: gitlabPipeline.nullish(),
      happened: z.enum(branchEvents).nullish(),
      renamed: z.object({ from: z.string(), to: z.string() }).nullish(),
      isReplaced: z.boolean().default(false),
      author: text,
      message: z.string(),
      pathCount: z.number(),
      decisions: z.array(
        z.object({
          pipeline: z.string(),
          verdict: z.string(),
          runId: text,
          waitUntil: time.nullish(),
          collapsedInto: text.default(null),
          filters: z.array(filter),
        }),
      ),
    }),
  ),
});
export type ExplainedEvent = z.output<typeof event>;

const token = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  roles: z.array(z.string()).default([]),
  repositories: z.array(z.string()).nullish(),
  pipelines: z.array(z.string()).nullish(),
  createdAt: time,
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable(),
});
export type Token = z.output<typeof token>;

const runEnd = z.object({ state: z.string(), outcome: text, reason: text });
export type RunEnd = z.output<typeof runEnd>;

const logChunk = z.object({ step: z.string(), at: time, text: z.string() });
const logHits = z.object({
  items: z.array(z.object({ line: z.number(), step: z.string(), text: z.string() })),
  next: z.number().nullable(),
});
export type LogHits = z.output<typeof logHits>;
export type LogHit = LogHits['items'][number];

export type LogChunk = z.output<typeof logChunk>;

export const answers = {
  artifacts,
  pipelines: z.object({ items: z.array(pipelineSummary), problems: z.array(pipelineProblem) }),
  runSummary,
  run,
  runs: z.object({ items: z.array(runSummary), next: text }),
  event,
  events: z.object({ items: z.array(eventSummary), next: text }),
  tokens: z.object({ items: z.array(token) }),
  newToken: token.extend({ token: z.string() }),
  runEnd,
  logChunk,
  logHits,
};
