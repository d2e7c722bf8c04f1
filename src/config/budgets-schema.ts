import { z } from 'zod';
import { parseDurationMs } from '../domain/duration.ts';
import { duration } from '../domain/text-schemas.ts';

/** How much of each kind of trouble a rollout bears; Infinity: it ends nothing before the step's own time is up. */
export interface RolloutBudgets {
  crashes?: number;
  pullDenials?: number;
  pullDeniedMs?: number;
  pullUnreachableMs?: number;
  configurationMs?: number;
  quotaMs?: number;
  unschedulableMs?: number;
  scaleUpMs?: number;
  neverReadyMs?: number;
  noActivityMs?: number;
}

const patience = (trouble: string, usual: string) =>
  z
    .union([z.enum(['immediately', 'ignore']), duration({ from: '1s', to: '1d' })])
    .optional()
    .meta({ description: `${trouble} Default: ${usual}.`, examples: [usual, 'ignore'] });

export const budgetsSchema = z
  .strictObject({
    crashes: z
      .union([z.literal('ignore'), z.int().min(1).max(100)])
      .optional()
      .meta({
        description: 'So many ends of one container make its pod a lost cause; out of memory does at once.',
        default: 2,
        examples: [5, 'ignore'],
      }),
    'pull-denied': patience(
      'A registry says no to a pull. Where nothing is said, the second refusal ends it too.',
      '1m',
    ),
    'pull-unreachable': patience('A registry cannot be reached, or limits the rate.', '2m'),
    configuration: patience('A ConfigMap, a Secret or a key is not there.', '30s'),
    quota: patience('A quota or an admission check lets no pod be made.', '30s'),
    unschedulable: patience('No node takes a pod.', '2m'),
    'scale-up': patience('The same, while the cluster adds a node.', '10m'),
    'never-ready': patience(
      'A container runs and is not ready; never less than its own probes need, several times over.',
      '1m',
    ),
    'no-activity': patience('Nothing at all has changed.', '10m'),
  })
  .meta({
    description:
      'How much trouble a rollout or job bears before it fails: a duration, `immediately`, or `ignore` (until the time of the step is up). What is certain, such as a missing image, fails at once; evicted pods and lost nodes never count.',
  });

/** undefined: the usual ones. */
export function resolveBudgets(
  written: z.infer<typeof budgetsSchema> | undefined,
): RolloutBudgets | undefined {
  if (written === undefined) return undefined;
  const { crashes, 'pull-denied': pullDenied } = written;
  return withoutGaps({
    crashes: crashes === 'ignore' ? Number.POSITIVE_INFINITY : crashes,
    pullDenials: pullDenied === undefined ? undefined : Number.POSITIVE_INFINITY,
    pullDeniedMs: patienceMs(pullDenied),
    pullUnreachableMs: patienceMs(written['pull-unreachable']),
    configurationMs: patienceMs(written.configuration),
    quotaMs: patienceMs(written.quota),
    unschedulableMs: patienceMs(written.unschedulable),
    scaleUpMs: patienceMs(written['scale-up']),
    neverReadyMs: patienceMs(written['never-ready']),
    noActivityMs: patienceMs(written['no-activity']),
  });
}

function patienceMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text === 'immediately') return 0;
  return text === 'ignore' ? Number.POSITIVE_INFINITY : (parseDurationMs(text) ?? undefined);
}

/** What is not said must not stand in the way of what is usual. */
function withoutGaps(budgets: Record<keyof RolloutBudgets, number | undefined>): RolloutBudgets {
  return Object.fromEntries(Object.entries(budgets).filter(([, value]) => value !== undefined));
}
