import { lintFile } from '../domain/lint-file.ts';
import { type Problem, withFurtherProblems } from '../domain/problem.ts';
import { checkApprovals } from './check-approvals.ts';
import { namesAndKinds } from './check-source-kind.ts';
import { createFragmentReader } from './fragment-reader.ts';
import type { ServerConfig } from './server-config.ts';

/** No repository is asked for a text that anybody may send: its lines would be shown to whoever sends it. */
const notHere = {
  get: () => ({
    problem: 'files of repositories are not read here',
    hint: 'check it where the files are: trunkline lint FILE --config trunkline.yaml',
  }),
};

/** What is wrong with a pipeline file for this server, that has the names of its config and the files that pipelines include. */
export function lintText(text: string, fileName: string, config: ServerConfig): Problem[] {
  const checked = lintFile(text, fileName, createFragmentReader(config.pipelinesDir, notHere).read);
  const names = checked.document === null ? [] : namesAndKinds(checked.document, config);
  if ('problems' in checked) return withFurtherProblems(checked.problems, names);
  return withFurtherProblems(names, checkApprovals(checked, config));
}
