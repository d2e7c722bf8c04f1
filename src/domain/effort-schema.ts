import { z } from 'zod';
import { duration } from './text-schemas.ts';

/** What every kind of step may say about its limits; `timeout` is the default. */
export function effort(timeout: string) {
  return {
    timeout: duration({ from: '1s', to: '7d' })
      .default(timeout)
      .meta({ description: 'The limit of one attempt; what runs then is ended.', examples: ['10m'] }),
    retry: z
      .strictObject({
        max: z
          .int()
          .min(0, 'not below 0')
          .max(10, 'at most 10')
          .meta({ description: 'How often at most the step is tried again.', examples: [2] }),
        on: z
          .array(z.enum(['fault', 'timeout', 'failure']))
          .min(1, 'name at least one cause')
          .default(['fault'])
          .meta({
            description:
              'After what: `fault`, something that is not your code broke (a registry is away); `timeout`; `failure`, your command or build failed.',
          }),
      })
      .default({ max: 5, on: ['fault'] })
      .meta({
        description: 'What is tried again by itself, and how often.',
        examples: [{ max: 2, on: ['fault', 'failure'] }],
      }),
  };
}
