import { followsNone, type ReadInclude } from './include.ts';
import { memberOf } from './member.ts';
import { type ParsedPipeline, parsePipeline, type UnreadablePipeline } from './pipeline-file.ts';
import { withFurtherProblems } from './problem.ts';
import { isRepositoryFile, lintRepositoryFile } from './repository-file.ts';
import { checkTemplates } from './resolve-includes.ts';
import { readYaml } from './yaml-document.ts';

/** Checks a file as what it is: a pipeline, the part of one that is in the repository, or templates that pipelines include. */
export function lintFile(
  text: string,
  fileName: string,
  read: ReadInclude = followsNone,
): ParsedPipeline | UnreadablePipeline {
  if (isRepositoryFile(text)) return lintRepositoryFile({ text, name: fileName, read });
  const yaml = readYaml(text, { fileName, showSource: true });
  const [document, mistakes] = 'problems' in yaml ? [yaml.document, yaml.problems] : [yaml, []];
  const has = (key: string) => memberOf(document?.value, key) !== undefined;
  if (document === null || !has('templates') || ['name', 'source', 'steps'].some(has))
    return parsePipeline(text, fileName, read);
  const { files, problems } = checkTemplates(document, read);
  return { problems: withFurtherProblems(mistakes, problems), document, files };
}
