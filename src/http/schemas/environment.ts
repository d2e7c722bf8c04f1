import { z } from 'zod';
import { deploymentSchema } from './run.ts';
import { pageQuery } from './shared.ts';

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

const environmentSchema = z
  .object({
    name: z.string(),
    cluster: z.string().describe('`kubernetes` or `swarm`'),
    namespace: z.string().describe('Of a swarm: the prefix of its stacks, empty where it has none'),
    pipelines: z.array(z.string()).nullable().describe('Pipelines that may deploy here; null: all'),
    requireDigests: z.boolean().describe('A container without a digest is refused'),
    running: z.array(deploymentSchema).describe('The last healthy deployment of each workload'),
    workloads: z.array(workloadSchema).describe('What Trunkline has deployed to it'),
  })
  .meta({ id: 'Environment', description: 'A place that pipelines deploy to' });

export const environmentListSchema = z
  .object({ items: z.array(environmentSchema) })
  .meta({ id: 'EnvironmentList' });

export const environmentDetailSchema = environmentSchema
  .extend({
    history: z.array(deploymentSchema).describe('Newest first'),
    next: z.string().nullable().describe('Send it as `cursor` for older deployments'),
  })
  .meta({ id: 'EnvironmentDetail' });
