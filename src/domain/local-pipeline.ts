import type { Pipeline, RunStep, StepDefinition } from './pipeline.ts';
import { ancestorsOf } from './step-graph.ts';

export interface LocalWish {
  /** One step, which brings those that it needs; null: all of them. */
  only: string | null;
  /** Set in the `run` steps, over what the file says. */
  env: Readonly<Record<string, string>>;
}

/** A pipeline for one run on somebody's own machine; whoever waits in front of it wants no long retries of faults. */
export function localPipeline(pipeline: Pipeline, { only, env }: LocalWish): Pipeline {
  const kept = only === null ? null : ancestorsOf(pipeline.steps, only).add(only);
  const steps = pipeline.steps
    .filter(({ id }) => kept === null || kept.has(id))
    .map((step): StepDefinition => withFewRetries(step.kind === 'run' ? withVariables(step, env) : step));
  return { ...pipeline, steps };
}

function withVariables(step: RunStep, env: LocalWish['env']): RunStep {
  // The values are no templates.
  const given = Object.entries(env).map(([name, value]) => [name, value.replaceAll('${', () => '$${')]);
  const secrets = Object.entries(step.secrets ?? {}).filter(([name]) => !Object.hasOwn(env, name));
  return {
    ...step,
    env: { ...step.env, ...Object.fromEntries(given) },
    ...(step.secrets !== undefined && { secrets: Object.fromEntries(secrets) }),
  };
}

function withFewRetries(step: StepDefinition): StepDefinition {
  const isOnlyForFaults = step.retry.on.every((cause) => cause === 'fault');
  return isOnlyForFaults ? { ...step, retry: { ...step.retry, max: Math.min(step.retry.max, 1) } } : step;
}

/** `NAME=VALUE`, the value with whatever it holds; null when it is something else. */
export function parseVariable(text: string): { name: string; value: string } | null {
  const parts = /^(?<name>[A-Za-z_][A-Za-z0-9_]*)=(?<value>.*)$/s.exec(text)?.groups;
  return parts === undefined ? null : { name: parts.name ?? '', value: parts.value ?? '' };
}
