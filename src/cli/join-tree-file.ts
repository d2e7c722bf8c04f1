import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createFragmentReader } from '../config/fragment-reader.ts';
import { grantProblems } from '../domain/file-grants.ts';
import type { ParsedPipeline, UnreadablePipeline } from '../domain/pipeline-file.ts';
import { joinRepositoryFile } from '../domain/repository-file.ts';
import { readTextFile } from './pipeline-files.ts';

interface Tree {
  /** Where included files are below. */
  root: string;
  /** At the pipeline's `source.path`. */
  folder: string;
}

/** The tree below a folder: it may be at the pipeline's `source.path` itself; null: it is not there. */
export function treeBelow(root: string, sourcePath: string): Tree | null {
  const folder = join(root, sourcePath);
  if (isFolder(folder)) return { root, folder };
  return root.endsWith(`/${sourcePath}`) ? { root, folder: root } : null;
}

/**
 * A pipeline with the steps that a file of the tree has; one with steps of its own stays as it is, and so does one whose
 * file is not in the folder.
 * @param folder a checkout, as far as there is one
 */
export async function joinFileHere(
  parsed: ParsedPipeline,
  server: string,
  folder: string,
): Promise<ParsedPipeline | UnreadablePipeline> {
  const { file, source } = parsed.pipeline;
  const tree = file === undefined ? null : treeBelow(folder, source.path);
  if (file === undefined || tree === null || !existsSync(join(tree.folder, file.path))) return parsed;
  return joinTreeFile(parsed, server, tree);
}

/**
 * A pipeline with the steps that a file of the tree has; one with steps of its own stays as it is.
 * @throws CliError when the file is not there
 */
export async function joinTreeFile(
  parsed: ParsedPipeline,
  server: string,
  tree: Tree,
): Promise<ParsedPipeline | UnreadablePipeline> {
  const { file } = parsed.pipeline;
  if (file === undefined) return parsed;
  const name = join(tree.folder, file.path);
  const text = await readTextFile(name);
  const { read } = createFragmentReader(tree.root, null);
  const entry = { text: await readTextFile(server), name: server };
  const joined = joinRepositoryFile(entry, { text, name, read });
  if ('problems' in joined) return joined;
  const problems = grantProblems(joined, parsed.pipeline);
  return problems.length === 0 ? joined : { problems, document: joined.document, files: [] };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
