import { z } from 'zod';
import { timestamp } from './shared.ts';

export const runHistorySchema = z
  .object({
    items: z.array(
      z.object({
        at: timestamp,
        step: z.string().nullable().describe('null: the run itself'),
        from: z.string().nullable().describe('The state before; null: it was made'),
        to: z.string(),
        outcome: z.string().nullable(),
        reason: z.string().nullable(),
        attempt: z.int().nullable().describe('Of a step: attempts begun'),
        by: z.string().describe('The worker that had the run, else who asked for its cancel, or for the run'),
      }),
    ),
  })
  .meta({ id: 'RunHistory', description: 'In its order: from it alone follows what the run has come to' });
