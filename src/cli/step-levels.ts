import type { StepNode } from '../domain/step-graph.ts';

export interface PlacedStep<Step extends StepNode = StepNode> {
  step: Step;
  /** Its place among the steps that may run side by side: they all come after the same earlier ones. */
  place: 'alone' | 'first' | 'between' | 'last';
  /** What it waits for, where that is not simply all that stands above it. */
  after: readonly string[];
}

/** The steps level by level: a step stands below everything that it needs. */
export function placeSteps<Step extends StepNode>(steps: readonly Step[]): PlacedStep<Step>[] {
  const levels = levelsOf(steps);
  return levels.flatMap((level, index) => {
    const above = levels[index - 1]?.map(({ id }) => id) ?? [];
    return level.map((step, position): PlacedStep<Step> => {
      const isSimple = step.needs.length === above.length && above.every((id) => step.needs.includes(id));
      return { step, place: placeOf(position, level.length), after: isSimple ? [] : step.needs };
    });
  });
}

function placeOf(position: number, count: number): PlacedStep['place'] {
  if (count === 1) return 'alone';
  if (position === 0) return 'first';
  return position === count - 1 ? 'last' : 'between';
}

function levelsOf<Step extends StepNode>(steps: readonly Step[]): Step[][] {
  const levels: Step[][] = [];
  let left = [...steps];
  while (left.length > 0) {
    const isLeft = (id: string) => left.some((step) => step.id === id);
    const ready = left.filter(({ needs }) => !needs.some(isLeft));
    // Steps that need each other cannot be made; whatever claims to be some is shown all the same.
    const level = ready.length === 0 ? left : ready;
    levels.push(level);
    left = left.filter((step) => !level.includes(step));
  }
  return levels;
}
