import type { Outcome, RunState, StepOutcome, StepState } from './outcome.ts';

/** One change of the state of a run, or of one of its steps. */
export interface Transition {
  /** null: the run itself. */
  step: string | null;
  /** null: it was made. */
  from: string | null;
  to: string;
  outcome: string | null;
  reason: string | null;
  /** Of a step: attempts begun. */
  attempt: number | null;
}

export interface Replayed {
  run: { state: RunState; outcome: Outcome | null; reason: string | null };
  /** A step that is missing has never begun. */
  steps: Map<
    string,
    { state: StepState; outcome: StepOutcome | null; reason: string | null; attempt: number }
  >;
}

/**
 * What a run and its steps have come to, from their history alone.
 * @throws where a change does not begin where the one before it ended: something is missing
 */
export function replay(history: readonly Transition[]): Replayed {
  const last = new Map<string | null, Transition>();
  for (const change of history) {
    const before = last.get(change.step)?.to ?? (change.step === null ? null : 'pending');
    if (change.from !== before)
      throw new Error(`${change.step ?? 'the run'} was ${before} and is said to have been ${change.from}`);
    last.set(change.step, change);
  }
  const run = last.get(null);
  if (run === undefined) throw new Error('a history begins with the run itself');
  last.delete(null);
  const steps = [...last].map(([id, { to, outcome, reason, attempt }]) => [
    id,
    { state: to, outcome, reason, attempt: attempt ?? 0 },
  ]);
  return {
    run: { state: run.to, outcome: run.outcome, reason: run.reason },
    steps: new Map(steps as []),
  } as Replayed;
}
