import type { ReadInclude } from './include.ts';
import { memberOf } from './member.ts';
import { type ParsedPipeline, type UnreadablePipeline, understandPipeline } from './pipeline-file.ts';
import { repositoryPipelineSchema } from './pipeline-schema.ts';
import { withFurtherProblems } from './problem.ts';
import { serversKeys } from './repository-file-schema.ts';
import { checkSchema } from './schema-problems.ts';
import { SectionedDocument } from './sectioned-document.ts';
import { readYaml, type YamlDocument } from './yaml-document.ts';

export interface RepositoryFile {
  text: string;
  /** For problems. */
  name: string;
  /** Gives the files that it includes. */
  read: ReadInclude;
}

const sections = ['include', 'templates', 'steps'];

/**
 * The server's part of a pipeline and the repository's part of it, as one pipeline. What is wrong with either is told where
 * it stands.
 * @param server a file of the server with `file`, sound by itself
 */
export function joinRepositoryFile(
  server: { text: string; name: string },
  file: RepositoryFile,
): ParsedPipeline | UnreadablePipeline {
  const entry = readYaml(server.text, { fileName: server.name, showSource: true });
  if ('problems' in entry) return { problems: entry.problems, document: null, files: [] };
  return join(entry, file);
}

/** Checks the repository's part by itself: what the server's part says, nobody knows here. */
export function lintRepositoryFile(file: RepositoryFile): ParsedPipeline | UnreadablePipeline {
  const entry = readYaml(`name: ${anyName}\nsource: { repository: ${anyName} }\n`, anyServer);
  return 'problems' in entry
    ? { problems: entry.problems, document: null, files: [] }
    : join(entry, file, { areParametersKnown: false });
}

/** Whether a file has the steps of a pipeline whose rest is the server's. */
export function isRepositoryFile(text: string): boolean {
  const yaml = readYaml(text, { fileName: '', showSource: false });
  const document = 'problems' in yaml ? yaml.document : yaml;
  const has = (key: string) => memberOf(document?.value, key) !== undefined;
  return has('steps') && !['name', 'source', 'on'].some(has);
}

const anyName = 'pipeline';
const anyServer = { fileName: '', showSource: false };

function join(
  entry: YamlDocument,
  { text, name, read }: RepositoryFile,
  options: { areParametersKnown?: boolean } = {},
): ParsedPipeline | UnreadablePipeline {
  const yaml = readYaml(text, { fileName: name, showSource: true });
  const [document, mistakes] = 'problems' in yaml ? [yaml.document, yaml.problems] : [yaml, []];
  if (document === null) return { problems: mistakes, document, files: [] };
  const own = checkSchema({
    document,
    schema: repositoryPipelineSchema,
    laterKeys: [],
    refusedKeys: serversKeys,
  });
  const whole = new SectionedDocument(entry, document, sections);
  return understandPipeline(whole, {
    mistakes: withFurtherProblems(mistakes, 'problems' in own ? own.problems : []),
    read,
    ...options,
  });
}
