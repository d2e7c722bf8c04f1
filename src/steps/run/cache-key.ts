import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunStep, StepCache } from '../../domain/pipeline.ts';
import type { RunFacts } from '../step-handler.ts';

/** What the archives hold, or who finds them, is another thing from then on. */
const format = 2;

/** Hex digests. */
export interface CacheKeys {
  /** Under which it is kept, and found first. */
  own: string;
  /** Under which another branch keeps it. */
  of(branch: string): string;
}

/**
 * Of the step, of the content of the key files, and of whom it belongs to: a branch, or a merge request. Nobody else keeps
 * anything under it, so what the commands of a branch have made never runs with the secrets of another one.
 * @param folder the step's tree
 * @returns the key file that is not there, as a plain file
 */
export async function cacheKeys(
  { step, cache, run }: { step: RunStep; cache: StepCache; run: RunFacts },
  folder: string,
): Promise<CacheKeys | { missing: string }> {
  const hash = createHash('sha256');
  const { repository, pipeline, sourcePath, told } = run;
  const { keyFiles, paths } = cache;
  hash.update(
    JSON.stringify([format, repository, pipeline, sourcePath, step.id, step.from, keyFiles, paths]),
  );
  for (const file of keyFiles) if (!(await addFile(hash, { folder, file }))) return { missing: file };
  const content = hash.digest('hex');
  const keyOf = (owner: readonly [kind: string, name: string | number]) =>
    createHash('sha256')
      .update(JSON.stringify([content, ...owner]))
      .digest('hex');
  const { request } = told;
  return {
    own: keyOf(request === undefined ? ['branch', run.branch] : ['merge-request', request.number]),
    of: (branch) => keyOf(['branch', branch]),
  };
}

async function addFile(hash: Hash, { folder, file }: { folder: string; file: string }): Promise<boolean> {
  if (!(await isPlainFile(folder, file))) return false;
  const content = createHash('sha256');
  for await (const piece of createReadStream(join(folder, file))) content.update(piece as Buffer);
  hash.update(content.digest());
  return true;
}

/** Without following a link of the tree, which could lead anywhere on this machine. */
async function isPlainFile(folder: string, file: string): Promise<boolean> {
  const names = file.split('/');
  let at = folder;
  for (const [index, name] of names.entries()) {
    at = join(at, name);
    const facts = await lstat(at).catch(() => null);
    const isRight = index === names.length - 1 ? facts?.isFile() : facts?.isDirectory();
    if (isRight !== true) return false;
  }
  return true;
}
