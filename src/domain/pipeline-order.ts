import { memberOf, textAt } from './member.ts';
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

/** The same of the pipelines that its trigger steps start. */
export function triggerProblems(
  { pipeline, document }: ParsedPipeline,
  known: ReadonlyMap<string, ParsedPipeline>,
  isComplete: boolean,
): Problem[] {
  const unknown = isComplete ? unknownStarts(pipeline, known) : [];
  const ofStarts = unknown.map(({ index, name }) =>
    document.problemAt(['file', 'starts', index], {
      message: `there is no pipeline '${name}'`,
      hint: suggest(name, [...known.keys()]),
    }),
  );
  const written = memberOf(document.value, 'steps');
  const ids = Array.isArray(written) ? written.map((step: unknown) => textAt(step, 'id')) : [];
  const ofSteps = pipeline.steps.flatMap((step) => {
    if (step.kind !== 'trigger') return [];
    const place = ['steps', ids.indexOf(step.id), 'trigger'];
    const target = known.get(step.pipeline)?.pipeline;
    const ring =
      step.pipeline === pipeline.name ? [pipeline.name] : wayBack(step.pipeline, pipeline.name, known);
    if (ring !== null) {
      const message = `pipelines would start each other without end: ${[pipeline.name, ...ring].join(' -> ')}`;
      return [document.problemAt([...place, 'pipeline'], { message, hint: 'remove one of these starts' })];
    }
    if (target === undefined) {
      if (!isComplete) return [];
      const message = `there is no pipeline '${step.pipeline}'`;
      return [
        document.problemAt([...place, 'pipeline'], {
          message,
          hint: suggest(step.pipeline, [...known.keys()]),
        }),
      ];
    }
    const names = (target.parameters ?? []).map(({ name }) => name);
    return Object.keys(step.parameters)
      .filter((name) => !names.includes(name))
      .map((name) => {
        const message = `pipeline '${target.name}' has no parameter '${name}'`;
        return document.problemAtKey([...place, 'parameters', name], { message, hint: suggest(name, names) });
      });
  });
  return [...ofStarts, ...ofSteps];
}

function unknownStarts(
  { file }: ParsedPipeline['pipeline'],
  known: ReadonlyMap<string, unknown>,
): { index: number; name: string }[] {
  return (file?.starts ?? []).flatMap((name, index) => (known.has(name) ? [] : [{ index, name }]));
}

/** A shortest way by which `from` starts `to`, itself or through others, both included; null when there is none. */
function wayBack(from: string, to: string, known: ReadonlyMap<string, ParsedPipeline>): string[] | null {
  const seen = new Set([from]);
  for (let ways = [[from]]; ways.length > 0; ) {
    const longer = ways.flatMap((way) => startedBy(way.at(-1) ?? '', known).map((next) => [...way, next]));
    const found = longer.find((way) => way.at(-1) === to);
    if (found !== undefined) return found;
    ways = longer.filter((way) => !seen.has(way.at(-1) ?? '') && seen.add(way.at(-1) ?? ''));
  }
  return null;
}

/** By its trigger steps, and by its end. */
function startedBy(name: string, known: ReadonlyMap<string, ParsedPipeline>): string[] {
  const steps = known.get(name)?.pipeline.steps ?? [];
  const after = [...known.values()].filter(({ pipeline }) => upstreamOf(pipeline) === name);
  return [
    ...steps.flatMap((step) => (step.kind === 'trigger' ? [step.pipeline] : [])),
    ...after.map(({ pipeline }) => pipeline.name),
  ];
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
