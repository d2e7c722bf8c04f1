/** A question to Prometheus that a new version has to pass. */
export interface Gate {
  name: string;
  /** `$pods`: a pattern that matches the new pods; `$namespace`. */
  query: string;
  /** What every value must be at least. */
  min: number | null;
  /** What every value may be at most. */
  max: number | null;
  /** Below so much of it nothing is judged: too few requests say nothing of a version. */
  traffic?: { query: string; min: number };
  /** What the same query said of the pods that ran before, right before anything was written. */
  baseline?: Baseline;
  everyMs: number;
  /** How long after the new pods are healthy it is asked for the first time. */
  delayMs: number;
  /** After so many failing answers in a row it has failed. */
  failures: number;
  /** How long it may go without an answer that says something, before that counts as failed too. */
  patienceMs: number;
  /** The same where Prometheus cannot be asked; absent: no longer and no shorter. */
  errorPatienceMs?: number;
}

export interface Baseline {
  /** Each value must be at least so many times the lowest one of before. */
  minRatio: number | null;
  /** Each value may be at most so many times the highest one of before. */
  maxRatio: number | null;
  /** What is not above that is not held against a version by `maxRatio`. */
  ignoreBelow: number;
}

/** A gate whose limits come of what was before. */
export type Compared = Gate & { before?: readonly number[] };

export type GateAnswer =
  | { kind: 'values'; values: number[] }
  /** Prometheus knows nothing that the query asks for. */
  | { kind: 'no-data' }
  /** Prometheus could not be asked, or refuses the query. */
  | { kind: 'error'; message: string };

export interface GateVerdict {
  state: 'pass' | 'fail' | 'no-data' | 'error';
  /** One line: the value, the threshold, and what that means. */
  text: string;
}

/** All values must be within the limits; what is no number is no data. */
export function judgeGate(gate: Compared, answer: GateAnswer): GateVerdict {
  const head = `gate ${gate.name}`;
  if (answer.kind === 'error') return { state: 'error', text: `${head}: error: ${answer.message}` };
  const values = answer.kind === 'values' ? answer.values.filter(Number.isFinite) : [];
  if (values.length === 0)
    return { state: 'no-data', text: `${head}: no data (wanted: ${limitsText(gate)})` };
  const worst = values.find((value) => !isWithin(gate, value));
  if (worst === undefined) {
    return { state: 'pass', text: `${head}: pass: ${valuesText(values)} (wanted: ${limitsText(gate)})` };
  }
  return { state: 'fail', text: `${head}: fail: ${numberText(worst)} (wanted: ${limitsText(gate)})` };
}

/** A gate with the limits that its baseline makes; a verdict where that cannot be known. */
export function comparedGate(gate: Gate, before: GateAnswer): Compared | GateVerdict {
  const { baseline } = gate;
  if (baseline === undefined) return gate;
  if (before.kind === 'error')
    return { state: 'error', text: `gate ${gate.name}: error: of what was before: ${before.message}` };
  const values = before.kind === 'values' ? before.values.filter(Number.isFinite) : [];
  if (values.length === 0) return gate;
  const { low, high } = rangeOf(values);
  const { minRatio, maxRatio, ignoreBelow } = baseline;
  const least = minRatio === null ? null : minRatio * low;
  const most = maxRatio === null ? null : Math.max(ignoreBelow, maxRatio * high);
  return {
    ...gate,
    min: least === null ? gate.min : Math.max(least, gate.min ?? least),
    max: most === null ? gate.max : Math.min(most, gate.max ?? most),
    before: values,
  };
}

/** How long a gate may stay in a state that says nothing of the version. */
export function patienceOf(gate: Gate, state: GateVerdict['state']): number {
  return state === 'error' ? (gate.errorPatienceMs ?? gate.patienceMs) : gate.patienceMs;
}

/** Why there is not enough to judge by; undefined: there is. What is asked is in all its values together. */
export function judgeTraffic(gate: Gate, answer: GateAnswer): GateVerdict | undefined {
  const { traffic } = gate;
  if (traffic === undefined) return undefined;
  if (answer.kind === 'error') return { state: 'error', text: `gate ${gate.name}: error: ${answer.message}` };
  const values = answer.kind === 'values' ? answer.values.filter(Number.isFinite) : [];
  const all = values.reduce((sum, value) => sum + value, 0);
  if (all >= traffic.min && values.length > 0) return undefined;
  const seen = values.length === 0 ? 'none' : numberText(all);
  return {
    state: 'no-data',
    text: `gate ${gate.name}: too little traffic to judge by: ${seen} (wanted: at least ${traffic.min})`,
  };
}

/** The query as it is sent; null: it asks for pods and there are none, so an empty pattern would match others. */
export function resolvedQuery(
  { query }: Pick<Gate, 'query'>,
  given: { namespace: string; pods: readonly string[] },
): string | null {
  if (given.pods.length === 0 && query.includes('$pods')) return null;
  const pods = given.pods.map((pod) => pod.replaceAll('.', String.raw`\\.`)).join('|');
  return query.replaceAll('$namespace', given.namespace).replaceAll('$pods', pods);
}

function isWithin({ min, max }: Gate, value: number): boolean {
  return (min === null || value >= min) && (max === null || value <= max);
}

function limitsText({ min, max, before }: Compared): string {
  const limits = [
    min === null ? '' : `at least ${numberText(min)}`,
    max === null ? '' : `at most ${numberText(max)}`,
    before === undefined ? '' : `before it was ${valuesText(before)}`,
  ].filter((text) => text !== '');
  return limits.length === 0 ? 'nothing to compare it with' : limits.join(', ');
}

function valuesText(values: readonly number[]): string {
  const { low, high } = rangeOf(values);
  return low === high ? numberText(low) : `${numberText(low)} to ${numberText(high)}`;
}

function rangeOf(values: readonly number[]): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return { low, high };
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
