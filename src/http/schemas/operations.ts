import { z } from 'zod';
import { name } from '../../domain/text-schemas.ts';
import { scopes } from '../../store/tokens.ts';
import { timestamp } from './shared.ts';

export const setupSchema = z
  .object({
    url: z.string().nullable().describe('The address that people use, where the config names one'),
    pipelinesFolder: z.string().describe('Where the pipeline files are, on the server'),
    registries: z.array(z.object({ name: z.string(), host: z.string() })),
  })
  .meta({
    id: 'Setup',
    description: 'What the server is configured with, as far as no list of its own says it',
  });

export const workerListSchema = z
  .object({
    items: z.array(
      z
        .object({
          id: z.string(),
          host: z.string(),
          pid: z.int(),
          version: z.string(),
          concurrency: z.int().describe('Runs that it executes at once'),
          active: z.int().describe('Runs that it has in hand'),
          labels: z.array(z.string()).describe('What pipelines may ask for with `runs-on`'),
          state: z
            .enum(['starting', 'ready', 'draining', 'gone'])
            .describe('`draining`: it takes no new runs, and finishes those that it has'),
          isDrainAsked: z.boolean().describe('Whether somebody has asked it to drain'),
          stoppedTaking: z
            .string()
            .nullable()
            .describe('Why it takes no new runs for now, by its own choice: its disk is full'),
          startedAt: timestamp,
          seenAt: timestamp,
        })
        .meta({ id: 'Worker', description: 'A process that executes runs' }),
    ),
  })
  .meta({ id: 'WorkerList' });

export const notifierListSchema = z
  .object({
    items: z.array(
      z
        .object({
          name: z.string(),
          kind: z.string().describe('`dingtalk`, `mail`, ...'),
          refusals: z.int().describe('How often in a row its message was not taken; 0: the last one was'),
          error: z.string().nullable().describe('Why the last one was not'),
          nextAt: timestamp.describe('When it is tried again'),
        })
        .meta({ id: 'Notifier', description: 'Somebody under `notify` who is told of runs' }),
    ),
  })
  .meta({ id: 'NotifierList' });

export const askedWorkerSchema = z
  .object({ id: z.string(), isDrainAsked: z.boolean() })
  .meta({ id: 'AskedWorker', description: 'What a worker was asked; it learns of it within 5 s' });

export const workerParams = z.strictObject({
  id: z.string().min(1).max(100).describe('The id of the worker, or enough of its beginning'),
});

const limitText = 'What alone it may see and do; null: no limit';

const tokenSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    scopes: z.array(z.enum(scopes)),
    roles: z.array(z.string()).describe('What it may approve'),
    repositories: z.array(z.string()).nullable().describe(limitText),
    pipelines: z.array(z.string()).nullable().describe(limitText),
    createdAt: timestamp,
    expiresAt: timestamp.nullable(),
    lastUsedAt: timestamp.nullable().describe('To the minute'),
  })
  .meta({ id: 'Token', description: 'What is known of a token; never the token itself' });

export const tokenListSchema = z.object({ items: z.array(tokenSchema) }).meta({ id: 'TokenList' });

export const newTokenSchema = tokenSchema
  .extend({ token: z.string().describe('The token, shown this once') })
  .meta({ id: 'NewToken' });

export const tokenBody = z.strictObject({
  name: z.string().min(1).max(100),
  scopes: z.array(z.enum(scopes)).min(1).describe('Each scope includes those before it: read, run, admin'),
  roles: z
    .array(name)
    .max(20)
    .default([])
    .describe(
      'What it may approve: the names under `by` of approve steps and under `approve` of environments',
    ),
  repositories: z
    .array(name)
    .min(1)
    .max(100)
    .optional()
    .describe('It sees runs, pipelines and events of these alone, and may do nothing else. Default: of all'),
  pipelines: z
    .array(name)
    .min(1)
    .max(100)
    .optional()
    .describe('Likewise; where both are given, only what both allow. Default: all'),
  expiresInDays: z.int().min(1).max(3650).optional().describe('Default: it never expires'),
});

export const tokenParams = z.strictObject({ id: z.uuid().describe('The id of the token') });

export const healthSchema = z.object({ status: z.literal('ok'), version: z.string() }).meta({ id: 'Health' });

const checkSchema = z.enum(['ok', 'failed']);
export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not-ready']),
    checks: z.object({ database: checkSchema, queue: checkSchema }),
    degraded: z
      .array(z.enum(['disk-full', 'no-worker', 'notifier-failing']))
      .describe(
        'What is amiss although the server can be used, and is no reason to restart it. `disk-full`: the worker in it takes no new runs; `no-worker`: none that lives does; `notifier-failing`: somebody under `notify` takes no messages',
      ),
  })
  .meta({ id: 'Readiness' });
