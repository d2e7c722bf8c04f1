import type { LockedExternal } from '../domain/external.ts';
import { lockAgain } from '../domain/external-use.ts';
import type { RunRequest } from '../runs/create-run.ts';
import { withoutUser } from '../scm/subversion/canonical-url.ts';
import type { Db } from '../store/database.ts';
import { knownExternals } from '../store/external-uses.ts';
import { repositoryHeads } from '../store/repository-heads.ts';

/** The revision of another repository that made the run. */
export interface Cause {
  repository: string;
  revision: number;
}

/**
 * Fixes the externals of a run while it is made, where its tree's are known: then nobody asks the server for them again,
 * which for a large tree takes long. What names no revision gets that of the cause, and elsewhere the newest that was read.
 * @returns null where they have to be looked for when the tree is fetched
 */
export async function fixExternals(
  tx: Db,
  run: RunRequest,
  cause?: Cause,
): Promise<readonly LockedExternal[] | null> {
  if (!/^\d{1,10}$/.test(run.revision)) return null;
  const own: Cause = { repository: run.repository, revision: Number(run.revision) };
  const tree = { ...run, pipeline: run.pipeline.name, move: own.revision };
  const known = await knownExternals(tx, tree, run.pipeline.pipeline.source);
  if (known === undefined) return null;
  if (!known.some(({ isFloating }) => isFloating)) return known;
  const heads = (await repositoryHeads(tx)).map(({ repository, rootUrl, revision }) => ({
    rootUrl: withoutUser(rootUrl),
    revision: [own, cause].find((given) => given?.repository === repository)?.revision ?? revision,
  }));
  return lockAgain(known, heads);
}
