import { z } from 'zod';
import { parseDurationMs } from './duration.ts';
import type { Baseline, Gate } from './gate.ts';
import { memberOf } from './member.ts';
import { besideKnownKeys, besideListMistakes, besideMistakes } from './rules-beside-mistakes.ts';
import { duration, name } from './text-schemas.ts';

const patience = duration({ from: '0s', to: '1h' });

const baseline = z
  .strictObject({
    'max-ratio': z
      .number()
      .positive()
      .optional()
      .meta({
        description: 'Each value may be at most so many times the highest one of before.',
        examples: [1.5],
      }),
    'min-ratio': z
      .number()
      .positive()
      .optional()
      .meta({
        description: 'Each value must be at least so many times the lowest one of before.',
        examples: [0.8],
      }),
    'ignore-below': z
      .number()
      .min(0)
      .default(0)
      .meta({
        description:
          'What is not above this is fine for `max-ratio`: twice almost nothing is almost nothing.',
        examples: [0.01],
      }),
  })
  .refine((written) => written['max-ratio'] !== undefined || written['min-ratio'] !== undefined, {
    message: "a baseline needs 'max-ratio', 'min-ratio' or both",
    ...besideKnownKeys,
  })
  .meta({
    description:
      'Compares with what the same query said of the pods that ran right before anything was written: `$pods` is those then. Beside `min` and `max`, or instead of them. Where nothing ran, or had no data, only `min` and `max` count.',
  });

const gate = z
  .strictObject({
    name: name.meta({ description: 'What the log calls it.', examples: ['errors'] }),
    query: z
      .string()
      .min(1, 'an empty query')
      .max(5000)
      .meta({
        description:
          'PromQL whose value, or each of whose values, must be within the limits. `$pods` is a pattern that matches the new pods and nothing else, `$namespace` their namespace.',
        examples: ['sum(rate(http_requests_total{code=~"5..",pod=~"$pods"}[1m]))'],
      }),
    min: z
      .number()
      .optional()
      .meta({ description: 'What every value must be at least.', examples: [1] }),
    max: z
      .number()
      .optional()
      .meta({ description: 'What every value may be at most.', examples: [0.05] }),
    traffic: z
      .strictObject({
        query: z
          .string()
          .min(1, 'an empty query')
          .max(5000)
          .meta({
            description: 'PromQL that counts it; its values are added up. `$pods` and `$namespace` as above.',
            examples: ['sum(increase(http_requests_total{pod=~"$pods"}[1m]))'],
          }),
        min: z
          .number()
          .positive()
          .meta({ description: 'How much there must be.', examples: [100] }),
      })
      .optional()
      .meta({
        description:
          'Judges only when there is enough to judge by; as long as there is less, the gate has no data.',
      }),
    baseline: baseline.optional(),
    every: duration({ from: '1s', to: '1h' })
      .default('15s')
      .meta({
        description: 'How often it is asked, as long as the new pods are watched.',
        examples: ['30s'],
      }),
    delay: duration({ from: '0s', to: '1h' })
      .default('0s')
      .meta({
        description:
          'How long after the new pods are healthy it is asked first: what a rate looks back on, and an interval of scraping.',
        examples: ['75s'],
      }),
    failures: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .meta({ description: 'After so many failing answers in a row it has failed.', examples: [3] }),
    patience: z
      .union([
        patience,
        z.strictObject({
          'no-data': patience.default('1m').meta({ description: 'While it has no data.', examples: ['2m'] }),
          error: patience.default('1m').meta({
            description: 'While Prometheus cannot be asked, or refuses the query.',
            examples: ['30s'],
          }),
        }),
      ])
      .default('1m')
      .meta({
        description:
          'How long it may have no data, or Prometheus not answer, beyond the time that the pods are watched; then it has failed, and the log says which of both it was. Either for both, or one for each.',
        examples: ['2m', { 'no-data': '2m', error: '30s' }],
      }),
  })
  .refine(
    ({ min, max, baseline: compared }) => min !== undefined || max !== undefined || compared !== undefined,
    { message: "a gate needs 'min', 'max', 'baseline' or several of them", ...besideKnownKeys },
  )
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, {
    message: "no value passes this gate: 'min' is more than 'max'",
    ...besideMistakes,
  });

export const gates = z
  .array(gate)
  .min(1, 'leave it out where there are none')
  .max(20)
  .refine((all) => areDistinct(all.map((one: unknown) => memberOf(one, 'name'))), {
    message: 'two gates have the same name',
    ...besideListMistakes,
  })
  .optional()
  .meta({
    description:
      'On Kubernetes: questions to the Prometheus of the environment while the new pods are watched: in `soak`, in each pause of a canary, and while blue-green keeps the old version. Each must pass in the end. One that fails ends it as failed, and what was there before comes back.',
    examples: [[{ name: 'errors', query: 'sum(rate(errors_total{pod=~"$pods"}[1m]))', max: 0.1 }]],
  });

export function toGates(written: z.output<typeof gates>): { gates?: Gate[] } {
  if (written === undefined) return {};
  return {
    gates: written.map((one) => ({
      name: one.name,
      query: one.query,
      min: one.min ?? null,
      max: one.max ?? null,
      ...(one.traffic !== undefined && { traffic: one.traffic }),
      ...(one.baseline !== undefined && { baseline: toBaseline(one.baseline) }),
      everyMs: parseDurationMs(one.every) ?? 0,
      delayMs: parseDurationMs(one.delay) ?? 0,
      failures: one.failures,
      ...toPatience(one.patience),
    })),
  };
}

function toBaseline(written: z.output<typeof baseline>): Baseline {
  return {
    minRatio: written['min-ratio'] ?? null,
    maxRatio: written['max-ratio'] ?? null,
    ignoreBelow: written['ignore-below'],
  };
}

function toPatience(
  written: z.output<typeof gate>['patience'],
): Pick<Gate, 'patienceMs' | 'errorPatienceMs'> {
  if (typeof written === 'string') return { patienceMs: parseDurationMs(written) ?? 0 };
  return {
    patienceMs: parseDurationMs(written['no-data']) ?? 0,
    errorPatienceMs: parseDurationMs(written.error) ?? 0,
  };
}

/** What has no name has a mistake of its own. */
function areDistinct(names: readonly unknown[]): boolean {
  const known = names.filter((name) => typeof name === 'string');
  return new Set(known).size === known.length;
}
