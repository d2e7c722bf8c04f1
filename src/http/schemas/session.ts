import { z } from 'zod';
import { scopes } from '../../store/tokens.ts';
import { timestamp } from './shared.ts';

export const sessionBody = z.strictObject({
  token: z.string().min(1).max(200).describe('A token of "trunkline token create"'),
});

export const sessionSchema = z
  .object({
    name: z.string().describe('The name of the token'),
    scopes: z.array(z.enum(scopes)).describe('What it may do; each includes those before it'),
    roles: z.array(z.string()).describe('What it may approve'),
    repositories: z.array(z.string()).nullable().describe('What alone it may see and do; null: no limit'),
    pipelines: z.array(z.string()).nullable().describe('Likewise'),
    expiresAt: timestamp
      .nullable()
      .describe('When the page asks for a token again; null: called with a token'),
    version: z.string().describe('Of the server'),
  })
  .meta({ id: 'Session', description: 'Who is calling' });
export type SessionView = z.output<typeof sessionSchema>;
