import { readableOutputs } from '../domain/readable-outputs.ts';
import { runValues } from '../domain/run-values.ts';
import type { TemplateValues } from '../domain/template.ts';
import type { StepContext } from './step-handler.ts';

/** What `${...}` means in the steps of a run. */
export function templateValuesOf({ run, outputs }: Pick<StepContext, 'run' | 'outputs'>): TemplateValues {
  const left = [...outputs].map(([stepId, output]) => [stepId, readableOutputs(output)] as const);
  return { ...runValues(run), outputs: new Map(left) };
}

/** Expands every value of a table of templates. */
export function expandAll(
  templates: Readonly<Record<string, string>>,
  expand: (template: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, expand(template)]));
}
