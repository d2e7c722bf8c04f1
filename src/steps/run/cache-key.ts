import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunStep, StepCache } from '../../domain/pipeline.ts';
import type { RunFacts } from '../step-handler.ts';

/** What the archives hold is another thing from then on. */
const format = 1;

export interface CacheKeys {
  /** What is kept under them may be used, the first before the second. */
  found: string[];
  /** Under which it is kept. */
  own: string;
}

/**
 * Hex digests, of the step and of the content of the key files. A merge request finds what branches have kept, never the
 * other way round: what its commands have made must not run with the secrets of a branch.
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
  const shared = hash.digest('hex');
  const { request } = told;
  if (request === undefined) return { found: [shared], own: shared };
  const own = createHash('sha256').update(`${shared}, merge request ${request.number}`).digest('hex');
  return { found: [own, shared], own };
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
