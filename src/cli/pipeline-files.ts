import { glob, readFile } from 'node:fs/promises';
import { type ParsedPipeline, parsePipeline, type UnreadablePipeline } from '../domain/pipeline-file.ts';
import { CliError, exitCodes } from './cli-error.ts';

/** The pipeline files that a server which is started in this folder reads. */
export async function pipelineFilesHere(): Promise<string[]> {
  return (await Array.fromAsync(glob('pipelines/*.{yaml,yml}'))).sort();
}

/** @throws CliError for a file that cannot be read; its mistakes are part of the answer */
export async function readPipelineFile(file: string): Promise<ParsedPipeline | UnreadablePipeline> {
  return parsePipeline(await readTextFile(file), file);
}

/** A file that somebody has named. @throws CliError when it cannot be read */
export async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw new CliError(exitCodes.wrongUse, `Cannot read ${file}${code}.`, { cause });
  }
}
