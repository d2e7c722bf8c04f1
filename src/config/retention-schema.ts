import { z } from 'zod';
import { duration, memorySize } from '../domain/text-schemas.ts';

const keep = (byDefault: string) =>
  duration({ from: '1h', to: '36500d' })
    .optional()
    .meta({ description: 'What is younger stays, counted from the end of the run.', default: byDefault });

const newest = (byDefault: number) =>
  z.int().min(1).max(100_000).optional().meta({
    description: 'Of each pipeline, so many of the newest runs stay whatever their age.',
    default: byDefault,
  });

export const retentionSchema = z.strictObject({
  logs: z
    .strictObject({
      keep: keep('90d'),
      newest: newest(20),
      size: memorySize().optional().meta({
        description:
          'How much of one run is kept. Beyond it the step that has most loses its middle; its beginning and its end stay, and a line between them says so.',
        default: '100Mi',
      }),
      'step-size': memorySize().optional().meta({
        description: 'How much of one step is kept, likewise.',
        default: '80Mi',
      }),
    })
    .optional()
    .meta({ description: 'Logs of runs. Without its log a run still has its steps, images and rollouts.' }),
  runs: z
    .strictObject({ keep: keep('730d'), newest: newest(100) })
    .optional()
    .meta({
      description:
        'Runs with all that belongs to them. A run stays at least as long as the event that it came from.',
    }),
  events: z
    .strictObject({
      keep: duration({ from: '1h', to: '36500d' }).optional().meta({
        description: 'What is younger stays. An event that a run came from goes after it.',
        default: '90d',
      }),
    })
    .optional()
    .meta({ description: 'Deliveries of hooks, what polls found, requests.' }),
  changes: z
    .strictObject({
      keep: duration({ from: '1h', to: '36500d' }).optional().meta({
        description:
          'What is younger stays, and the newest of each branch and merge request, what a run stands for, and what an event is explained with, whatever their age.',
        default: '365d',
      }),
    })
    .optional()
    .meta({
      description:
        'What was seen of commits, with why they ran nothing. The list of what is new in an environment goes back no further.',
    }),
  audit: z
    .strictObject({
      keep: duration({ from: '1h', to: '36500d' })
        .optional()
        .meta({ description: 'What is younger stays.', default: '1095d' }),
    })
    .optional()
    .meta({ description: 'Who has asked the API for what.' }),
  rollbacks: z.int().min(1).max(1_000).optional().meta({
    description:
      'Of each workload, the run that deployed what runs now and those of so many healthy versions before it stay, with their logs. So does what these versions have in the cluster under a name made from its content.',
    default: 10,
  }),
});
