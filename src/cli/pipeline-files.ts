import { glob, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFragmentReader } from '../config/fragment-reader.ts';
import { type IncludeWish, includeKey } from '../domain/include.ts';
import { lintFile } from '../domain/lint-file.ts';
import { type ParsedPipeline, parsePipeline, type UnreadablePipeline } from '../domain/pipeline-file.ts';
import { isRepositoryFile } from '../domain/repository-file.ts';
import type { FetchedFiles } from '../wiring/pinned-files.ts';
import { CliError, exitCodes } from './cli-error.ts';

/** The pipeline files that a server which is started in this folder reads. */
export async function pipelineFilesHere(): Promise<string[]> {
  return (await Array.fromAsync(glob('pipelines/*.{yaml,yml}'))).sort();
}

type Read = ParsedPipeline | UnreadablePipeline;

/**
 * @param pinned gives what is included from repositories; null: nobody knows where they are
 * @throws CliError for a file that cannot be read; its mistakes are part of the answer
 */
export async function readPipelineFile(file: string, pinned: FetchedFiles | null = null): Promise<Read> {
  return readWith(parsePipeline, file, pinned);
}

/** As `readPipelineFile`, also of a file that only pipelines include. */
export async function readFileToLint(file: string, pinned: FetchedFiles | null = null): Promise<Read> {
  return readWith(lintFile, file, pinned);
}

async function readWith(
  parse: typeof parsePipeline,
  file: string,
  pinned: FetchedFiles | null,
): Promise<Read> {
  const text = await readTextFile(file);
  // What the file of a repository includes is below the root of the branch: that is where one works.
  const { read } = createFragmentReader(isRepositoryFile(text) ? '.' : dirname(file), pinned);
  const asked = new Set<string>();
  for (;;) {
    const missing: IncludeWish[] = [];
    const parsed = parse(text, file, (wish) => {
      if (pinned !== null && wish.at !== null && !asked.has(includeKey(wish))) missing.push(wish);
      return read(wish);
    });
    if (pinned === null || missing.length === 0) return parsed;
    // What these include, the next look finds.
    await Promise.all(missing.map((wish) => pinned.fetch(wish)));
    for (const wish of missing) asked.add(includeKey(wish));
  }
}

/** A file that somebody has named. @throws CliError when it cannot be read */
export async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    const hint = code === ' (EISDIR)' ? `It is a folder: name the files in it, ${file}/*.yaml` : undefined;
    throw new CliError(exitCodes.wrongUse, `Cannot read ${file}${code}.`, { cause, hint });
  }
}
