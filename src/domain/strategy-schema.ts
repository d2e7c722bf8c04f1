import { z } from 'zod';
import { parseDurationMs } from './duration.ts';
import { memberOf } from './member.ts';
import type { RolloutStrategy } from './rollout-strategy.ts';
import { besideKnownKeys } from './rules-beside-mistakes.ts';
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
  .refine(({ percent, replicas }) => (percent === undefined) !== (replicas === undefined), {
    message: "a canary step needs either 'percent' or 'replicas'",
    ...besideKnownKeys,
  });

const blueGreen = z.strictObject({
  keep: duration({ from: '0s', to: '1d' })
    .default('2m')
    .meta({
      description:
        'How long the old version stays after the switch, while the new one is watched; the step goes on as long.',
      examples: ['10m'],
    }),
});

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
  .union([
    z.enum(['stepped'], {
      error: ({ input }) =>
        typeof input === 'string'
          ? `expected stepped, or keys of canary or blue-green, got '${input}'\nwrite stepped, { canary: { steps: [...] } } or { blue-green: {} }`
          : undefined,
    }),
    z
      .strictObject({ canary: canary.optional(), 'blue-green': blueGreen.optional() })
      .refine((chosen) => (chosen.canary === undefined) !== (chosen['blue-green'] === undefined), {
        message: "a strategy is either 'canary' or 'blue-green'",
        ...besideKnownKeys,
      }),
  ])
  .optional()
  .meta({
    description:
      'On Kubernetes: how it is rolled out; without it, as the cluster does by itself. `stepped`, for StatefulSets such as databases: from the highest ordinal down one pod is replaced, and the next one only after all have been healthy for `soak`. The first bad pod ends it and is brought back; the pods below have not been touched. A set that is new or not healthy is rolled at once. `canary`, for one Deployment with a Service in front of it: a second Deployment, `NAME-canary`, takes a share of the requests behind the same Service, step by step; when it does not stay healthy, or the run is cancelled, it is deleted, and the stable Deployment was never touched. The first deployment of all has nothing to stand beside, and a rollback goes straight back. `blue-green`, for one Deployment and a Service among the manifests: the new version is made as `NAME-blue` or `NAME-green` beside the old one and gets no request until it has been healthy for `soak`; then the selector of the Service is switched in one write. For `keep` the old version stays as it is: a new one that turns bad, or a cancel of the run, switches back at once. Then the old one is deleted.',
    examples: [
      'stepped',
      { 'blue-green': { keep: '5m' } },
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

/** The longest that pauses alone take, as far as they are written well; a step's `timeout` must leave room for them. */
export function pausesMs(written: unknown): number {
  const steps = memberOf(memberOf(written, 'canary'), 'steps');
  const keep = memberOf(memberOf(written, 'blue-green'), 'keep');
  const pauses = Array.isArray(steps) ? steps.map((step: unknown) => memberOf(step, 'pause')) : [keep];
  return pauses.reduce((sum: number, pause) => sum + (msOf(pause) ?? 0), 0);
}

/** null for what is no duration. */
export function msOf(written: unknown): number | null {
  return typeof written === 'string' ? parseDurationMs(written) : null;
}

export function toStrategy(written: WrittenStrategy): { strategy?: RolloutStrategy } {
  if (written === undefined) return {};
  if (written === 'stepped') return { strategy: written };
  if (written.canary === undefined) {
    const keepMs = parseDurationMs(written['blue-green']?.keep ?? '0s') ?? 0;
    return { strategy: { kind: 'blue-green', keepMs } };
  }
  const steps = written.canary.steps.map(({ percent, replicas, pause }) => ({
    share: percent === undefined ? { replicas: replicas ?? 1 } : { percent },
    pauseMs: parseDurationMs(pause) ?? 0,
  }));
  return { strategy: { kind: 'canary', steps } };
}
