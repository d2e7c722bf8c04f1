import { z } from 'zod';
import type { DriftRules } from '../domain/drift-rules.ts';
import { parseDurationMs } from '../domain/duration.ts';
import { duration } from '../domain/text-schemas.ts';
import { text } from './shared-schemas.ts';

const how = duration({ from: '1m', to: '30d' });

const ignored = z
  .strictObject({
    object: text
      .regex(/^[^/\s]+\/[^/\s]+$/, "an object is written as 'kind/name'")
      .optional()
      .meta({
        description: 'Which objects, `*` for any text. Default: all.',
        examples: ['deployment/cart', 'configmap/*'],
      }),
    path: text.optional().meta({
      description:
        'Which field, with all that is below it, written as the report writes it; `*` for any text. Default: the object as a whole, also that it is gone.',
      examples: ['spec.replicas', 'metadata.annotations[*]', 'spec.template.spec.containers[*].resources'],
    }),
  })
  .refine(({ object, path }) => object !== undefined || path !== undefined, "name 'object', 'path' or both");

const rules = z.strictObject({
  every: z
    .union([how, z.literal(false)])
    .optional()
    .meta({ description: 'How often. `false`: only when somebody asks.', default: '1d', examples: ['6h'] }),
  mode: z.enum(['warn', 'correct']).optional().meta({
    description:
      '`correct`: where something that was deployed has been changed or deleted, the set of its last healthy deployment is rolled out once more, as a run of its own (trigger `correction`): locked, watched and recorded as any other, never while the environment is frozen, once for each deployment and at most three times a day. What was added beside it stays.',
    default: 'warn',
  }),
  ignore: z
    .array(ignored)
    .max(200)
    .optional()
    .meta({
      description: 'What is no drift: neither told nor corrected.',
      examples: [[{ object: 'deployment/*', path: 'spec.template.metadata.annotations' }]],
    }),
});

export const driftSchema = z
  .union([how, z.literal(false), rules])
  .optional()
  .meta({
    description:
      'On Kubernetes: how often what runs is compared with what was deployed, to find what people have changed by hand. Nothing is written to the cluster, unless `mode` is `correct`. `trunkline drift` and the page of the environment show the last report. `false`: only when somebody asks.',
    default: '1d',
    examples: ['6h', { every: '1h', mode: 'correct' }],
  });

type Written = z.output<typeof driftSchema>;

/** Daily, where it can be looked for at all. */
export function resolveDriftEvery(written: Written, isSwarm: boolean): number | null {
  const every = typeof written === 'object' ? written.every : written;
  return every === false || isSwarm ? null : parseDurationMs(every ?? '1d');
}

/** Nothing: nothing is ignored, nothing corrected. */
export function resolveDriftRules(written: Written): { driftRules?: DriftRules } {
  if (typeof written !== 'object') return {};
  const ignore = (written.ignore ?? []).map(({ object, path }) => ({
    object: object ?? null,
    path: path ?? null,
  }));
  return { driftRules: { mode: written.mode ?? 'warn', ignore } };
}
