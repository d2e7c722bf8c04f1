import type { FilterVerdict } from './decision.ts';
import { durationText } from './duration.ts';

/** How a change stands that has passed its pipeline's filters and waits until its branch is quiet. */
export function quietVerdict(quietMs: number, actual: string, passed = true): FilterVerdict {
  return { filter: 'quiet', expected: `nothing more for ${durationText(quietMs)}`, actual, passed };
}

/** The verdicts with another one of `quiet`. */
export function withQuiet(filters: readonly FilterVerdict[], quiet: FilterVerdict): FilterVerdict[] {
  return [...filters.filter(({ filter }) => filter !== 'quiet'), quiet];
}
