import { z } from 'zod';
import { deploymentSchema } from './run.ts';
import { pageQuery, timestamp } from './shared.ts';

export const environmentParams = z.strictObject({
  name: z.string().min(1).describe('The name of the environment'),
});

export const environmentQuery = pageQuery;

const workloadSchema = z
  .object({
    name: z.string().describe('`deployment/cart`: what a rollback names'),
    target: z.string().describe('Cluster, namespace and workload'),
    current: deploymentSchema.nullable().describe('What runs: the last deployment that became healthy'),
    deploying: deploymentSchema.nullable().describe('A rollout that is under way'),
    failedSince: deploymentSchema.nullable().describe('The newest deployment, where it is newer and failed'),
  })
  .meta({ id: 'EnvironmentWorkload', description: 'One workload of an environment' });

const lockSchema = z
  .object({
    target: z.string(),
    workload: z.string(),
    runId: z.uuid(),
    pipeline: z.string(),
    number: z.int(),
    step: z.string(),
    since: timestamp,
  })
  .meta({
    id: 'EnvironmentLock',
    description: 'A run that rolls out to a workload, which no other run does until it has ended',
  });

const environmentSchema = z
  .object({
    name: z.string(),
    cluster: z.string().describe('`kubernetes` or `swarm`'),
    namespace: z.string().describe('Of a swarm: the prefix of its stacks, empty where it has none'),
    pipelines: z.array(z.string()).nullable().describe('Pipelines that may deploy here; null: all'),
    requireDigests: z.boolean().describe('A container without a digest is refused'),
    frozen: z
      .object({ until: timestamp, reason: z.string(), text: z.string().describe('Both, for people') })
      .nullable()
      .describe('Nothing new is deployed to it for the moment; null: it is open'),
    running: z.array(deploymentSchema).describe('The last healthy deployment of each workload'),
    workloads: z.array(workloadSchema).describe('What Trunkline has deployed to it'),
    locks: z.array(lockSchema).describe('Who holds which workload now; others wait for it'),
  })
  .meta({ id: 'Environment', description: 'A place that pipelines deploy to' });

export const environmentListSchema = z
  .object({ items: z.array(environmentSchema) })
  .meta({ id: 'EnvironmentList' });

const changesSchema = z
  .object({
    since: deploymentSchema.describe('What ran before'),
    direction: z
      .enum(['forward', 'back', 'same', 'elsewhere'])
      .describe(
        '`forward`: these changes came in; `back`: they were taken out; `same`: the same revision again; `elsewhere`: from another branch or repository, no list connects them',
      ),
    items: z
      .array(
        z.object({
          revision: z.string(),
          author: z.string().nullable(),
          message: z.string(),
          committedAt: timestamp.nullable(),
        }),
      )
      .describe("Newest first, at most 50: those that touched the pipeline's `source.path`"),
    total: z.int().describe('How many there are in all, of the newest 10,000 moves between the two'),
  })
  .meta({ id: 'DeployedChanges', description: 'What a rollout has changed in the source' });

export const driftSchema = z
  .object({
    environment: z.string(),
    everyMs: z.int().nullable().describe('How often it is looked for; null: when somebody asks'),
    lookedAt: timestamp.nullable().describe('When the report was made; null: there is none yet'),
    wantedAt: timestamp.nullable().describe('When a look was asked for that is still to be taken'),
    problem: z.string().nullable().describe('Why the last look came to nothing; `objects` is older then'),
    objects: z.array(
      z.object({
        object: z.string().describe('`deployment/cart`'),
        state: z.enum(['changed', 'gone', 'remade', 'unread']),
        statement: z.string().describe('What differs, in one line'),
        fields: z.array(
          z.object({
            path: z.string(),
            applied: z.string().nullable().describe('null: it was not there'),
            live: z.string().nullable().describe('null: it is gone'),
            manager: z.string().nullable().describe('Who changed it, as far as the cluster tells'),
            at: timestamp.nullable(),
          }),
        ),
      }),
    ),
  })
  .meta({
    id: 'Drift',
    description: 'What in an environment is no longer as it was deployed, by the last look at it',
  });

export const environmentDetailSchema = environmentSchema
  .extend({
    workloads: z
      .array(
        workloadSchema
          .extend({
            changes: changesSchema
              .nullable()
              .describe('What lies between what ran before and what runs now; null: nothing ran before'),
          })
          .meta({ id: 'EnvironmentWorkloadDetail', description: 'One workload, and what is new in it' }),
      )
      .describe('What Trunkline has deployed to it'),
    drift: driftSchema.nullable().describe('null: nobody has looked for changes by hand yet'),
    history: z.array(deploymentSchema).describe('Newest first'),
    next: z.string().nullable().describe('Send it as `cursor` for older deployments'),
  })
  .meta({ id: 'EnvironmentDetail' });
