import { z } from 'zod';
import type { RetryCause } from './pipeline.ts';
import { suggest } from './suggestion.ts';
import { duration } from './text-schemas.ts';

const causes = z.enum(['fault', 'timeout', 'failure']);
const causesText =
  'After what: `fault`, something that is not your code broke (a registry is away); `timeout`; `failure`, your command or build failed';

const exitCode = z.int().min(1, 'an exit code of a failure is at least 1').max(255);

const causeOrCode = z.union([causes, exitCode], {
  error: ({ input }) => {
    if (typeof input !== 'string') return '';
    const isCode = /^\d+$/.test(input);
    const hint = isCode ? `without quotes: ${input}` : suggest(input, causes.options);
    return `expected fault, timeout, failure or an exit code\n${hint}`;
  },
});

/** Of a step that shows output, where it says none. */
export const commandTimeout = '1h';

/** What every kind of step may say about its limits; `timeout` is the default. */
export function effort(timeout: string) {
  return { timeout: timeoutSchema(timeout), retry: retrySchema(causes, `${causesText}.`) };
}

/** As `effort`, for steps that run commands. */
export function commandEffort() {
  const text = `${causesText}; a number, it failed with this exit code.`;
  return {
    timeout: timeoutSchema(commandTimeout),
    'idle-timeout': idleTimeout,
    retry: retrySchema(causeOrCode, text),
  };
}

export const idleTimeout = duration({ from: '1s', to: '7d' })
  .optional()
  .meta({
    description:
      'How long it may go on without any output or progress; what hangs is ended then as timed out. Not longer than `timeout`.',
    examples: ['5m'],
  });

function timeoutSchema(timeout: string) {
  return duration({ from: '1s', to: '7d' })
    .default(timeout)
    .meta({ description: 'The limit of one attempt; what runs then is ended.', examples: ['10m'] });
}

function retrySchema(cause: z.ZodType<RetryCause, RetryCause>, description: string) {
  const countAlone = {
    error: ({ input }: { input?: unknown }) =>
      typeof input === 'number' ? `expected keys with values, got a number\nwrite { max: ${input} }` : '',
  };
  return z
    .strictObject(
      {
        max: z
          .int()
          .min(0, 'not below 0')
          .max(10)
          .meta({ description: 'How often at most the step is tried again.', examples: [2] }),
        on: z.array(cause).min(1, 'name at least one cause').default(['fault']).meta({ description }),
        backoff: duration({ from: '1s', to: '1h' })
          .optional()
          .meta({
            description:
              'The pause before the first new attempt. Each further one is twice as long, up to ten minutes or to this where it is more. Without it: from one second to 15.',
            examples: ['30s'],
          }),
      },
      countAlone,
    )
    .default({ max: 5, on: ['fault'] })
    .meta({
      description: 'What is tried again by itself, and how often.',
      examples: [{ max: 2, on: ['fault', 'failure'] }],
    });
}
