import { z } from 'zod';

export const mergeRequestSchema = z
  .object({
    number: z.int(),
    source: z.string(),
    target: z.string(),
    isFork: z.literal(true).optional().describe('There when its source is a branch of another repository'),
  })
  .meta({ id: 'MergeRequest', description: 'A merge request, or pull request, and its branches' });
