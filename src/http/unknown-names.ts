import { basename, parse } from 'node:path';
import type { PipelineCatalogue } from '../config/pipeline-catalogue.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { Problem } from '../domain/problem.ts';
import { suggest } from '../domain/suggestion.ts';
import { type HttpProblem, notFound } from './problem.ts';

/** A pipeline whose file has a mistake is as good as not there: then the mistake is what its user has to know. */
export function unknownPipeline(catalogue: PipelineCatalogue, name: string): HttpProblem {
  const problems = catalogue.problems();
  const known = [...new Set([...catalogue.list().map((entry) => entry.name), ...problems.map(nameOf)])];
  return notFound(
    'pipeline',
    name,
    mistakeOf(catalogue, name) ??
      suggest(name, known) ??
      'No pipeline file is there yet: "trunkline pipelines" says where one goes.',
  );
}

/** What keeps the file of a pipeline from being used; undefined where no file of its name has a mistake. */
export function mistakeOf(catalogue: PipelineCatalogue, name: string): string | undefined {
  const mistake = catalogue.problems().find((problem) => nameOf(problem) === name);
  return (
    mistake &&
    `${basename(mistake.file)}:${mistake.line} has a mistake: ${mistake.message}; it starts nothing until that is mended.`
  );
}

function nameOf({ file }: Problem): string {
  return parse(file).name;
}

export function unknownEnvironment(
  { environments }: Pick<ServerConfig, 'environments'>,
  name: string,
): HttpProblem {
  const known = suggest(name, Object.keys(environments));
  return notFound('environment', name, known ?? "Add it under 'environments' in trunkline.yaml.");
}
