import { branchSlug } from '../domain/branch-slug.ts';
import { shortRevision } from '../domain/revision-label.ts';
import type { TemplateValues } from '../domain/template.ts';
import type { RunFacts } from './step-handler.ts';

/** What `${...}` means in the steps of a run. */
export function templateValuesOf(run: RunFacts): TemplateValues {
  return {
    pipeline: run.pipeline,
    run: String(run.number),
    repository: run.repository,
    branch: run.branch,
    'branch-slug': branchSlug(run.branch),
    revision: run.revision,
    'short-revision': shortRevision(run.revision),
    author: run.author ?? '',
  };
}

/** Expands every value of a table of templates. */
export function expandAll(
  templates: Readonly<Record<string, string>>,
  expand: (template: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, expand(template)]));
}
