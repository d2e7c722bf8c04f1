/** How a run or a step ended. `errored` is our fault; every other unhappy end is the user's or somebody's decision. */
export const outcomes = [
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'superseded',
  'rejected',
  'errored',
] as const;
export type Outcome = (typeof outcomes)[number];

/** How a rollout ended: an outcome, or one of three that only a cluster can produce. */
export type RolloutOutcome = Outcome | 'partial' | 'lost' | 'suspended';

/** A run that waits has begun and is in nobody's hands: a person's approval, say, is what it waits for. */
export const runStates = ['queued', 'running', 'waiting', 'ended'] as const;
export type RunState = (typeof runStates)[number];

/** A step that never began because a step it needs did not succeed ends as `skipped`. */
export const stepStates = ['pending', 'running', 'waiting', 'ended'] as const;
export type StepState = (typeof stepStates)[number];
export type StepOutcome = Outcome | 'skipped';
