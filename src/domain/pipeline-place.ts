import { createHash } from 'node:crypto';
import type { Pipeline } from './pipeline.ts';

/** Where the steps of a run were written. */
export interface PipelinePlace {
  /** null: in the server's own pipeline file. */
  repository: string | null;
  /** From the root of the branch; null: the server's file. */
  file: string | null;
  /** At which the repository's file was read; null: the server's file, or not read yet. */
  revision: string | null;
  /** Of the file as it was then; null: not read yet. */
  sha256: string | null;
}

/** @param run.serverText the server's pipeline file as it was when the run was made; '' where nobody kept it */
export function pipelinePlace(
  { source, file, files = [] }: Pipeline,
  { repository, serverText }: { repository: string; serverText: string },
): PipelinePlace {
  if (file === undefined) {
    const sha256 = serverText === '' ? null : createHash('sha256').update(serverText).digest('hex');
    return { repository: null, file: null, revision: null, sha256 };
  }
  const path = [source.path, file.path].filter((part) => part !== '').join('/');
  const read = files.find((one) => one.repository === repository && one.file === path);
  return { repository, file: path, revision: read?.revision ?? null, sha256: read?.sha256 ?? null };
}
