import { advise, type Hint } from '../../domain/hint.ts';
import { textOf, timeOf } from '../json-reading.ts';
import { conditionOf } from './done-rule.ts';
import type { JudgeSettings, Look } from './judge.ts';
import { missingQuota } from './missing.ts';
import type { KubeObject } from './objects.ts';
import type { Trouble } from './pod-trouble.ts';

/** Why pods are not even made: a quota, a limit range, an admission rule. There is no pod that could tell. */
export function blockedTrouble(
  workload: KubeObject,
  look: Look,
  settings: JudgeSettings,
): Trouble | undefined {
  const text = conditionText(workload) ?? eventText(workload, look, settings);
  if (text === undefined) return undefined;
  const base = { container: null, message: `no new pod can be made: ${text}` };
  // Only the text tells a quota from an admission rule, and a denial from a rule that could not be asked.
  if (text.includes('exceeded quota')) {
    const hint = advise('quota');
    const missing = missingQuota(text);
    return { ...base, class: 'quota', hint, missing, toleranceMs: settings.budgets.quotaMs };
  }
  const isFinal = finalRefusal.test(text);
  return {
    ...base,
    class: 'admission-denied',
    hint: hintFor(text),
    toleranceMs: isFinal ? 0 : settings.budgets.quotaMs,
  };
}

function hintFor(text: string): Hint {
  const [, hint] = hints.find(([pattern]) => pattern.test(text)) ?? [];
  return hint ?? advise('rules-refuse');
}

const hints: [RegExp, Hint][] = [
  [
    /no PriorityClass with name \S+|RuntimeClass \S+ not found|serviceaccount \S+ not found/i,
    advise('name-missing'),
  ],
  [/(maximum|minimum) \S+ usage per|limit to request ratio/, advise('limit-range')],
  [/failed quota/, advise('quota-wants-requests')],
  [/failed calling webhook/, advise('webhook-silent')],
];

/** An admission rule, a limit range: asked again, they say the same. */
const finalRefusal =
  /denied the request|violates PodSecurity|must specify|unable to validate against any|(maximum|minimum) \S+ usage per|limit to request ratio/;

/** Deployments say it themselves. */
function conditionText(workload: KubeObject): string | undefined {
  const failure = conditionOf(workload, 'ReplicaFailure');
  return failure.status === 'True' ? textOf(failure.message) : undefined;
}

/** Of the other kinds only events tell. */
function eventText(workload: KubeObject, look: Look, { appliedAt }: JudgeSettings): string | undefined {
  const events = look.events.get(textOf(workload.metadata.uid)) ?? [];
  const failure = events.findLast(
    (event) =>
      event.reason === 'FailedCreate' && timeOf(event.lastTimestamp ?? event.eventTime) >= timeOf(appliedAt),
  );
  return failure === undefined ? undefined : textOf(failure.message);
}
