/** The part of a step that orders it. */
export interface StepNode {
  id: string;
  needs: readonly string[];
}

/** Ids of all steps that must have ended before the step begins, directly or through others. */
export function ancestorsOf(steps: readonly StepNode[], id: string): Set<string> {
  const needsOf = new Map(steps.map((step) => [step.id, step.needs]));
  const found = new Set<string>();
  const open = [...(needsOf.get(id) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(needsOf.get(next) ?? []));
  }
  return found;
}

/** A shortest cycle as a path that ends where it began (`a`, `b`, `a`), or null. Unknown ids in `needs` are passed over. */
export function findCycle(steps: readonly StepNode[]): string[] | null {
  const needsOf = new Map(steps.map((step) => [step.id, step.needs]));
  const start = steps.find((step) => ancestorsOf(steps, step.id).has(step.id));
  if (start === undefined) return null;
  const seen = new Set<string>();
  let paths = [[start.id]];
  while (paths.length > 0) {
    const longer = paths.flatMap((path) => (needsOf.get(path.at(-1) ?? '') ?? []).map((id) => [...path, id]));
    const closed = longer.find((path) => path.at(-1) === start.id);
    if (closed !== undefined) return closed;
    paths = longer.filter((path) => !seen.has(path.at(-1) ?? '') && seen.add(path.at(-1) ?? ''));
  }
  return null;
}
