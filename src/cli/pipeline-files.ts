import { glob, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
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
  const content = await readTextFile(file);
  // What the file of a repository includes is below the root of the branch: that is where one works.
  const { read } = createFragmentReader(isRepositoryFile(content) ? '.' : dirname(file), pinned);
  const asked = new Set<string>();
  for (;;) {
    const missing: IncludeWish[] = [];
    const parsed = parse(content, file, (wish) => {
      if (pinned !== null && wish.at !== null && !asked.has(includeKey(wish))) missing.push(wish);
      return read(wish);
    });
    if (pinned === null || missing.length === 0) return parsed;
    // What these include, the next look finds.
    await Promise.all(missing.map((wish) => pinned.fetch(wish)));
    for (const wish of missing) asked.add(includeKey(wish));
  }
}

/** A file that somebody has named; `-` is standard input. @throws CliError when it cannot be read */
export async function readTextFile(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

export function unreadable(file: string, cause: unknown): CliError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = `Cannot read ${file}${code && ` (${code})`}.`;
  return new CliError(exitCodes.wrongUse, message, { cause, hint: unreadableHint(file, code) });
}

function unreadableHint(file: string, code: string): string | undefined {
  if (code === 'EISDIR') return `It is a folder: name the files in it, ${file}/*.yaml`;
  if (code === 'ENOENT') return `There is no such file, seen from ${process.cwd()}: look at its name.`;
  return code === 'EACCES' ? 'You may not read it: look at its owner and mode.' : undefined;
}
