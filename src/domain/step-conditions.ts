import type { ChangedPath } from './change.ts';
import type { JsonObject } from './json.ts';
import type { ParameterValue } from './parameter.ts';
import { pathFilter } from './path-filter.ts';
import type { Pipeline, RunCause, StepCondition, StepDefinition } from './pipeline.ts';
import { counts } from './watched-paths.ts';

/** What the conditions of a run's steps are held against. */
export interface ConditionFacts extends RunCause {
  branch: string;
  /** Of all parameters of the pipeline. */
  parameters: JsonObject;
}

/**
 * Decides the conditions of all steps, once, when the run is made: the run keeps why a step is skipped, and what it was
 * decided on, so that its retries and reruns find the same.
 */
export function settleConditions(pipeline: Pipeline, facts: ConditionFacts): Pipeline {
  const { trigger, touched } = facts;
  return {
    ...pipeline,
    cause: { trigger, touched },
    steps: pipeline.steps.map((step) => settled(step, pipeline.when, facts)),
  };
}

/** The same steps, to be run in any case. */
export function withoutConditions(pipeline: Pipeline): Pipeline {
  const { when: _ofAll, ...rest } = pipeline;
  return { ...rest, steps: pipeline.steps.map(({ when: _when, skip: _skip, ...step }) => step) };
}

/**
 * Which of the path conditions of a pipeline's steps changed paths fulfil, by the list.
 * @param isComplete false when there were more paths than these: what they do not fulfil is left open
 */
export function touchedBy(
  pipeline: Pipeline,
  paths: readonly ChangedPath[],
  isComplete = true,
): RunCause['touched'] {
  const lists = [pipeline, ...pipeline.steps].flatMap(({ when }) =>
    when?.paths == null ? [] : [when.paths],
  );
  const ignore = pipeline.on.commit?.ignore ?? ['mergeinfo'];
  const place = { base: pipeline.source.path, ignore, exists: () => true };
  const isTouched = (patterns: string[]) => {
    const watched = { ...place, filter: pathFilter(patterns) };
    return paths.some((changed) => counts(changed, watched));
  };
  const known = lists.map((patterns) => [pathsKey(patterns), isTouched(patterns)] as const);
  return Object.fromEntries(known.filter(([, touched]) => touched || isComplete));
}

/** Of changes that one run stands for: what one of them has touched is touched; what one leaves open is open. */
export function touchedByEither(one: RunCause['touched'], other: RunCause['touched']): RunCause['touched'] {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const isKnown = (key: string) => one[key] === true || other[key] === true || (key in one && key in other);
  return Object.fromEntries(
    keys.filter(isKnown).map((key) => [key, one[key] === true || other[key] === true]),
  );
}

function pathsKey(patterns: readonly string[]): string {
  return patterns.join(', ');
}

function settled(
  step: StepDefinition,
  ofAll: StepCondition | undefined,
  facts: ConditionFacts,
): StepDefinition {
  const reasons = [ofAll, step.when].map((condition) =>
    condition === undefined ? null : unmet(condition, facts),
  );
  const reason = reasons.find((one) => one !== null);
  return reason === undefined ? step : { ...step, skip: reason };
}

/** Why the condition does not hold, in one line; null when it does. */
function unmet(
  { branches, paths, trigger, parameters }: StepCondition,
  facts: ConditionFacts,
): string | null {
  if (branches !== null && !pathFilter(branches).matches(facts.branch))
    return `not on this branch: only on ${branches.join(', ')}`;
  if (trigger !== null && !trigger.includes(facts.trigger))
    return `not for runs by ${facts.trigger}: only by ${trigger.join(', ')}`;
  // Where it is not known what changed, the step runs.
  if (paths !== null && facts.touched[pathsKey(paths)] === false)
    return `nothing has changed that it is for: ${pathsKey(paths)}`;
  const other = Object.entries(parameters ?? {}).find(
    ([name, wanted]) => !wanted.includes(parameterValue(facts, name)),
  );
  return other === undefined
    ? null
    : `the parameter ${other[0]} is ${parameterValue(facts, other[0])}, not ${other[1].join(' or ')}`;
}

function parameterValue({ parameters }: ConditionFacts, name: string): ParameterValue {
  const value = parameters[name] ?? null;
  return value === null || typeof value === 'object' ? '' : value;
}
