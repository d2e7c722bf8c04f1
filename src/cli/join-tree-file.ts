import { join } from 'node:path';
import { createFragmentReader } from '../config/fragment-reader.ts';
import type { ParsedPipeline, UnreadablePipeline } from '../domain/pipeline-file.ts';
import { joinRepositoryFile } from '../domain/repository-file.ts';
import { readTextFile } from './pipeline-files.ts';

/**
 * A pipeline with the steps that a file of the tree has; one with steps of its own stays as it is.
 * @param tree `folder` is at the pipeline's `source.path`, `root` where included files are below
 * @throws CliError when the file is not there
 */
export async function joinTreeFile(
  parsed: ParsedPipeline,
  server: string,
  tree: { root: string; folder: string },
): Promise<ParsedPipeline | UnreadablePipeline> {
  const { file } = parsed.pipeline;
  if (file === undefined) return parsed;
  const name = join(tree.folder, file.path);
  const text = await readTextFile(name);
  const { read } = createFragmentReader(tree.root, null);
  return joinRepositoryFile({ text: await readTextFile(server), name: server }, { text, name, read });
}
