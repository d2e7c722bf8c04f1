import { z } from 'zod';
import { duration, memorySize } from '../domain/text-schemas.ts';

const workingCopies = z.strictObject({
  above: memorySize().optional().meta({
    description:
      'Trees that were smaller the last time are exported anew for each run: they are there as soon.',
    default: '32Mi',
  }),
  size: memorySize().optional().meta({
    description:
      'On the disk of one worker, all together; the longest unused ones go first. Subversion keeps each file twice.',
    default: '20Gi',
  }),
  keep: duration({ from: '1h', to: '3650d' }).optional().meta({
    description: 'How long one is kept that no run needs.',
    default: '14d',
  }),
});

export const workingCopiesSchema = z.union([z.literal('off'), workingCopies], {
  error: "'off', or a mapping with 'above', 'size' and 'keep'",
});
