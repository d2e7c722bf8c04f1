import { z } from 'zod';
import { timestamp } from './shared.ts';

const hookHealthSchema = z
  .object({
    state: z
      .enum(['none', 'working', 'missing'])
      .describe('`none`: none has ever come; `missing`: the newest find of a poll was announced by none'),
    text: z.string().describe('One line for people'),
    missed: z
      .object({ eventId: z.string(), revisions: z.array(z.string()), at: timestamp })
      .nullable()
      .describe('The newest find of a poll that no hook had announced'),
  })
  .meta({ id: 'HookHealth', description: 'Whether hooks announce what is committed' });

export const repositorySchema = z
  .object({
    name: z.string(),
    kind: z.enum(['svn', 'git']),
    url: z.string(),
    uuid: z.string().nullable().describe('null before the first contact'),
    state: z.enum(['new', 'ok', 'failing']),
    cursor: z
      .string()
      .nullable()
      .describe(
        'Subversion: the last revision whose changes are stored; Git: how many moves of branches and tags are',
      ),
    behind: z
      .int()
      .nullable()
      .describe(
        'Subversion: revisions after `cursor` that are known to be there, at the last poll or by a hook, and are not stored yet: of a mirror that lags, or of a long history that is being read; null where that is not known',
      ),
    lastError: z.string().nullable(),
    failures: z.int().describe('Polls that failed in a row'),
    failingSince: timestamp.nullable(),
    polledAt: timestamp.nullable(),
    nextPollAt: timestamp.nullable(),
    lastHookAt: timestamp.nullable().describe('null: no hook has ever come'),
    pollMs: z.int(),
    hooks: hookHealthSchema,
    alarms: z
      .array(z.object({ eventId: z.string(), text: z.string(), at: timestamp }))
      .describe('What an operator has to know, newest first; at most five'),
    pipelines: z.array(z.string()).describe('Pipelines of this server that are built from it'),
  })
  .meta({ id: 'Repository', description: 'A repository and what its watcher knows' });

export const repositoryListSchema = z
  .object({ items: z.array(repositorySchema) })
  .meta({ id: 'RepositoryList' });
