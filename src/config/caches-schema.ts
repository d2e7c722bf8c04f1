import { z } from 'zod';
import { duration, memorySize } from '../domain/text-schemas.ts';

const caches = z.strictObject({
  size: memorySize().optional().meta({
    description: 'On the disk of one worker, all together; the longest unused ones go first.',
    default: '10Gi',
  }),
  keep: duration({ from: '1h', to: '3650d' }).optional().meta({
    description: 'How long one is kept that no run needs.',
    default: '14d',
  }),
});

export const cachesSchema = z.union([z.literal('off'), caches], {
  error: "'off', or a mapping with 'size' and 'keep'",
});
