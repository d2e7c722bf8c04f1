import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArtifactSet } from '../domain/artifacts.ts';
import { Fault } from '../domain/fault.ts';
import { makeFolders } from '../steps/run/make-folders.ts';
import { type ArtifactRow, artifactContent, artifactsOf } from '../store/artifacts.ts';
import type { Db } from '../store/database.ts';

export interface LeftBefore {
  stepId: string;
  artifacts: ArtifactSet;
}

/**
 * Puts what earlier steps have left into a copy of the tree that nobody else works in yet. A later step's file replaces
 * an earlier one's, and one of the tree.
 * @throws Fault when something is missing; `scm-broken-tree` when a folder, or a link that it would have to follow, is in the way
 */
export async function placeArtifacts(db: Db, left: readonly LeftBefore[], folder: string): Promise<void> {
  for (const { stepId, artifacts } of left) {
    const rows = await artifactsOf(db, [artifacts.set]);
    if (rows.length !== artifacts.files)
      throw new Fault('internal', `the artifacts of step ${stepId} are not kept any more`, {
        hint: 'Run the pipeline again; artifacts.keep of trunkline.yaml says how long they are kept.',
        isRetryable: false,
      });
    for (const row of rows) await placeFile(db, row, folder);
  }
}

async function placeFile(db: Db, row: ArtifactRow, folder: string): Promise<void> {
  const place = dirname(row.path);
  if (!(await makeFolders(folder, place))) throw inTheWay(place, 'a link or a file');
  const target = join(folder, row.path);
  await rm(target, { force: true }).catch((cause: unknown) => {
    throw inTheWay(row.path, 'a folder', cause);
  });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(target, flags, 0o600);
  for await (const piece of artifactContent(db, row)) await file.writeFile(piece);
  await file.chmod(row.mode);
}

function inTheWay(path: string, what: string, cause?: unknown): Fault {
  return new Fault('scm-broken-tree', `an artifact cannot be put at ${path}: the tree has ${what} there`, {
    hint: 'Name another place in artifacts of the step that makes it.',
    isRetryable: false,
    cause,
  });
}
