/** One deployment that the cluster has judged, as far as delivery is measured by it. */
export interface DeliveryFact {
  targets: readonly string[];
  /** `failed`: something of it ran, and was judged bad. */
  outcome: 'succeeded' | 'failed';
  /** `change`: planned. `hotfix`: a change to mend another. `way-back`: what ran before was put back by somebody. */
  kind: 'change' | 'hotfix' | 'way-back';
  startedAt: Date;
  endedAt: Date;
  /** Of each commit that it brought for the first time: from then to its end. */
  leadTimesMs: readonly number[];
}

/** The five measures of delivery; null: nothing to measure it by. */
export interface Delivery {
  /** Changes that became healthy. */
  deployments: number;
  deploymentsPerDay: number;
  /** Median. */
  leadTimeMs: number | null;
  /** Share of the changes that were judged bad, taken back, or mended by a hotfix within a day. */
  changeFailureRatio: number | null;
  /** Median, from when a failure was known to the next healthy rollout of the same workload. */
  recoveryMs: number | null;
  /** Share of all rollouts that were unplanned: hotfixes and ways back. */
  reworkRatio: number | null;
}

const hotfixWithinMs = 24 * 3_600_000;

/** @param facts in the order of their ends */
export function deliveryOf(facts: readonly DeliveryFact[], days: number): Delivery {
  const changes = facts.filter(({ kind }) => kind !== 'way-back');
  const healthy = changes.filter(({ outcome }) => outcome === 'succeeded');
  const failures = changes.flatMap((change) => failureOf(change, facts) ?? []);
  const recoveries = failures.flatMap(({ change, knownAt }) => recoveryOf(facts, change, knownAt) ?? []);
  const unplanned = facts.filter(({ kind }) => kind !== 'change');
  return {
    deployments: healthy.length,
    deploymentsPerDay: healthy.length / days,
    leadTimeMs: median(healthy.flatMap(({ leadTimesMs }) => leadTimesMs)),
    changeFailureRatio: ratio(failures.length, changes.length),
    recoveryMs: median(recoveries),
    reworkRatio: ratio(unplanned.length, facts.length),
  };
}

interface Failure {
  change: DeliveryFact;
  knownAt: number;
}

/** undefined: nothing is known against it. */
function failureOf(change: DeliveryFact, facts: readonly DeliveryFact[]): Failure | undefined {
  if (change.outcome === 'failed') return { change, knownAt: change.endedAt.getTime() };
  // What is judged bad on top of it says nothing of it.
  const next = later(facts, change, change.endedAt.getTime()).find(({ outcome }) => outcome === 'succeeded');
  if (next === undefined || next.kind === 'change') return undefined;
  const knownAt = next.startedAt.getTime();
  const isLate = next.kind === 'hotfix' && knownAt - change.endedAt.getTime() > hotfixWithinMs;
  return isLate ? undefined : { change, knownAt };
}

function recoveryOf(
  facts: readonly DeliveryFact[],
  change: DeliveryFact,
  knownAt: number,
): number | undefined {
  const next = later(facts, change, knownAt).find(({ outcome }) => outcome === 'succeeded');
  return next && next.endedAt.getTime() - knownAt;
}

/** What ended after a moment on one of its workloads. */
function later(facts: readonly DeliveryFact[], change: DeliveryFact, after: number): DeliveryFact[] {
  return facts.filter(
    (fact) =>
      fact !== change &&
      fact.endedAt.getTime() > after &&
      fact.targets.some((target) => change.targets.includes(target)),
  );
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((left, right) => left - right);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
