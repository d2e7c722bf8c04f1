import { z } from 'zod';
import { duration, memorySize } from '../domain/text-schemas.ts';

export const artifactsSchema = z.strictObject({
  size: memorySize().optional().meta({
    description: 'All files of one step together; a step that leaves more fails.',
    default: '256Mi',
  }),
  keep: duration({ from: '1h', to: '3650d' }).optional().meta({
    description: 'How long they are kept. A retry of a run finds what that run has left only for so long.',
    default: '30d',
  }),
});
