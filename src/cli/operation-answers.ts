import { z } from 'zod';

/** What the commands about places read of the server's answers: repositories, environments, workers. */
const text = z.string().nullable();
const time = z.coerce.date();

const repository = z.object({
  name: z.string(),
  kind: z.string(),
  url: z.string(),
  state: z.string(),
  cursor: text,
  behind: z.number().nullable().optional(),
  lastError: text,
  failures: z.number(),
  failingSince: time.nullable(),
  polledAt: time.nullable(),
  hooks: z.object({ state: z.string(), text: z.string() }),
  alarms: z.array(z.object({ eventId: z.string(), text: z.string() })),
});
export type Repository = z.output<typeof repository>;

const deployment = z.object({
  pipeline: z.string(),
  number: z.number(),
  author: text,
  message: z.string(),
  requestedBy: z.string(),
  workload: z.string(),
  branch: z.string(),
  revision: z.string(),
  state: z.string(),
  outcome: text,
  cause: text,
  startedAt: time,
});
export type Deployment = z.output<typeof deployment>;

const workload = z.object({
  name: z.string(),
  current: deployment.nullable(),
  deploying: deployment.nullable(),
  failedSince: deployment.nullable(),
});
export type EnvironmentWorkload = z.output<typeof workload>;

const environment = z.object({
  name: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  frozen: z.object({ text: z.string() }).nullable(),
  workloads: z.array(workload),
});
export type EnvironmentSummary = z.output<typeof environment>;

const changes = z.object({
  since: deployment,
  direction: z.enum(['forward', 'back', 'same', 'elsewhere']),
  items: z.array(z.object({ revision: z.string(), author: text, message: z.string() })),
  total: z.number(),
});
export type DeployedChanges = z.output<typeof changes>;

const drift = z.object({
  environment: z.string(),
  everyMs: z.number().nullable(),
  lookedAt: time.nullable(),
  wantedAt: time.nullable(),
  problem: text,
  objects: z.array(
    z.object({
      object: z.string(),
      state: z.string(),
      statement: z.string(),
      fields: z.array(
        z.object({ path: z.string(), applied: text, live: text, manager: text, at: time.nullable() }),
      ),
    }),
  ),
});
export type Drift = z.output<typeof drift>;

const dns = z.object({
  environment: z.string(),
  object: z.string(),
  namespace: z.string(),
  changes: z.array(z.object({ key: z.string(), before: text, after: text })),
  last: z.object({ state: z.string(), at: time, text: z.string() }).nullable(),
});
export type Dns = z.output<typeof dns>;

const detail = environment.extend({
  workloads: z.array(workload.extend({ changes: changes.nullable() })),
  drift: drift.nullish(),
  history: z.array(deployment),
  next: text,
});
export type EnvironmentDetail = z.output<typeof detail>;

const worker = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.number(),
  version: z.string(),
  concurrency: z.number(),
  active: z.number(),
  labels: z.array(z.string()),
  stoppedTaking: text,
  state: z.string(),
  startedAt: time,
  seenAt: time,
});
export type WorkerSummary = z.output<typeof worker>;

const promotion = z.object({
  from: z.string(),
  to: z.string(),
  run: z.object({ pipeline: z.string(), number: z.number(), revision: z.string() }),
  images: z.array(z.object({ name: z.string(), reference: z.string() })),
  differences: z.array(
    z.object({
      object: z.string(),
      only: text,
      fields: z.array(z.object({ path: z.string(), about: z.string(), from: text, to: text })),
    }),
  ),
});
export type PromotionPreview = z.output<typeof promotion>;

export const operationAnswers = {
  repositories: z.object({ items: z.array(repository) }),
  environments: z.object({ items: z.array(environment) }),
  environment: detail,
  drift,
  promotion,
  dns,
  workers: z.object({ items: z.array(worker) }),
};
