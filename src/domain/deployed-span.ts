/** Where a deployment stands in the history of its repository. */
export interface DeployedPlace {
  repository: string;
  generation: number;
  branch: string;
  move: number;
}

/**
 * - `forward`: the changes after the earlier one, up to this one, came in.
 * - `back`: the changes after this one, up to the earlier one, were taken out.
 * - `same`: the same revision was rolled out again.
 * - `elsewhere`: the two come from different branches or repositories, which no list of changes connects.
 */
export type SpanDirection = 'forward' | 'back' | 'same' | 'elsewhere';

export interface DeployedSpan {
  direction: SpanDirection;
  /** Moves with `after < move <= upTo` lie between the two; none where there is no way from one to the other. */
  after: number;
  upTo: number;
}

/** What lies between what ran before and what runs now. */
export function deployedSpan(before: DeployedPlace, now: DeployedPlace): DeployedSpan {
  const isConnected =
    before.repository === now.repository &&
    before.generation === now.generation &&
    before.branch === now.branch;
  if (!isConnected) return { direction: 'elsewhere', after: 0, upTo: 0 };
  const after = Math.min(before.move, now.move);
  const upTo = Math.max(before.move, now.move);
  if (after === upTo) return { direction: 'same', after, upTo };
  return { direction: before.move < now.move ? 'forward' : 'back', after, upTo };
}
