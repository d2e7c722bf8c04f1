import { z } from 'zod';
import { parseDurationMs } from './duration.ts';
import type { RolloutStrategy } from './rollout-strategy.ts';
import { duration } from './text-schemas.ts';

const canaryStep = z
  .strictObject({
    percent: z
      .int()
      .min(1)
      .max(75)
      .optional()
      .meta({
        description:
          'The share of all pods behind the Service that are canaries, rounded to whole pods; always at least one.',
        examples: [25],
      }),
    replicas: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .meta({ description: 'Instead of `percent`: how many pods.', examples: [1] }),
    pause: duration({ from: '0s', to: '1d' })
      .default('1m')
      .meta({ description: 'How long they must stay healthy before it goes on.', examples: ['5m'] }),
  })
  .refine(
    ({ percent, replicas }) => (percent === undefined) !== (replicas === undefined),
    "a canary step needs either 'percent' or 'replicas'",
  );

const canary = z.strictObject({
  steps: z
    .array(canaryStep)
    .min(1, 'a canary needs at least one step')
    .max(20)
    .meta({
      description:
        'One after the other; after the last one the new version is rolled out as without a canary.',
      examples: [
        [
          { replicas: 1, pause: '1m' },
          { percent: 50, pause: '5m' },
        ],
      ],
    }),
});

export const strategy = z
  .union([z.enum(['stepped']), z.strictObject({ canary })])
  .optional()
  .meta({
    description:
      'On Kubernetes: how it is rolled out; without it, as the cluster does by itself. `stepped`, for StatefulSets such as databases: from the highest ordinal down one pod is replaced, and the next one only after all have been healthy for `soak`. The first bad pod ends it and is brought back; the pods below have not been touched. A set that is new or not healthy is rolled at once. `canary`, for one Deployment with a Service in front of it: a second Deployment, `NAME-canary`, takes a share of the requests behind the same Service, step by step; when it does not stay healthy, or the run is cancelled, it is deleted, and the stable Deployment was never touched. The first deployment of all has nothing to stand beside, and a rollback goes straight back.',
    examples: [
      'stepped',
      {
        canary: {
          steps: [
            { replicas: 1, pause: '1m' },
            { percent: 50, pause: '5m' },
          ],
        },
      },
    ],
  });

export type WrittenStrategy = z.output<typeof strategy>;

/** The longest that pauses alone take; a step's `timeout` must leave room for them. */
export function pausesMs(written: WrittenStrategy): number {
  if (typeof written !== 'object') return 0;
  return written.canary.steps.reduce((sum, { pause }) => sum + (parseDurationMs(pause) ?? 0), 0);
}

export function toStrategy(written: WrittenStrategy): { strategy?: RolloutStrategy } {
  if (written === undefined) return {};
  if (written === 'stepped') return { strategy: written };
  const steps = written.canary.steps.map(({ percent, replicas, pause }) => ({
    share: percent === undefined ? { replicas: replicas ?? 1 } : { percent },
    pauseMs: parseDurationMs(pause) ?? 0,
  }));
  return { strategy: { kind: 'canary', steps } };
}
