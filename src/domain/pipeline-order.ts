import type { ParsedPipeline } from './pipeline-file.ts';
import type { Problem } from './problem.ts';
import { suggest } from './suggestion.ts';

/**
 * What only all pipelines together can tell about one that runs after another: that the other does not exist, or that they
 * start each other in a ring.
 * @param known all pipelines that could be read, each name once
 * @param isComplete false when there are files that could not be read: a name may be in one of them
 */
export function orderProblem(
  { pipeline, document }: ParsedPipeline,
  known: ReadonlyMap<string, ParsedPipeline>,
  isComplete: boolean,
): Problem | null {
  const first = upstreamOf(pipeline);
  if (first === null) return null;
  const place = ['on', 'pipeline', 'name'];
  if (!known.has(first)) {
    if (!isComplete) return null;
    const others = [...known.keys()].filter((name) => name !== pipeline.name);
    return document.problemAt(place, {
      message: `there is no pipeline '${first}'`,
      hint: suggest(first, others),
    });
  }
  const ring = ringThrough(pipeline.name, known);
  if (ring === null) return null;
  const message = `pipelines would start each other without end: ${ring.toReversed().join(' -> ')}`;
  return document.problemAt(place, { message, hint: 'let one of them start by a commit or a schedule only' });
}

/** From a pipeline up to itself again, by way of those that they run after; null when there is no such way. */
function ringThrough(name: string, known: ReadonlyMap<string, ParsedPipeline>): string[] | null {
  const way = [name];
  for (let at = name; way.length <= known.size; ) {
    const pipeline = known.get(at)?.pipeline;
    const above = pipeline === undefined ? null : upstreamOf(pipeline);
    if (above === null) return null;
    way.push(above);
    if (above === name) return way;
    at = above;
  }
  return null;
}

function upstreamOf({ on }: ParsedPipeline['pipeline']): string | null {
  return on.pipeline?.name ?? null;
}
