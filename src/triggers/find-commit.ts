import { branchOfRef, refOfBranch } from '../domain/git-names.ts';
import type { GitSource } from '../scm/source-control.ts';
import type { Refusal, RunSource, SourceWish } from './run-source.ts';
import { unlessGone } from './unless-gone.ts';

/** @throws Fault when the repository cannot be asked */
export async function findCommit(
  scm: GitSource,
  { source, ...wish }: SourceWish,
  signal: AbortSignal,
): Promise<RunSource | Refusal> {
  const { refs, defaultRef } = await scm.refs(signal);
  const ref = wish.branch === null ? defaultRef : refOfBranch(wish.branch);
  const objectId = ref === null ? undefined : refs.get(ref);
  if (ref === null || objectId === undefined) {
    const name = wish.branch === null ? 'a default branch' : `the branch ${JSON.stringify(wish.branch)}`;
    const hint = 'Name a branch that exists; a tag is named as tags/NAME.';
    return { problem: `"${source.repository}" does not have ${name}`, hint };
  }
  const branch = branchOfRef(ref) ?? ref;
  const newest = await scm.findCommit({ ref, tip: objectId, id: objectId }, signal);
  const revision =
    wish.revision === null
      ? newest
      : await scm.findCommit({ ref, tip: objectId, id: wish.revision.toLowerCase() }, signal);
  if (revision === undefined) {
    const problem = `${JSON.stringify(wish.revision ?? objectId)} is no commit of "${source.repository}", or one of several`;
    return {
      problem,
      hint: 'Name the commit by its id or the unique beginning of it; left out, it is the newest.',
    };
  }
  const id = revision.revision;
  const folder = await unlessGone(scm.list({ branch, path: source.path, revision: id }, signal));
  if (folder !== undefined)
    return { branch, revision, tip: { ref, objectId, isNewest: id === newest?.revision } };
  const problem = `${source.path} does not exist at ${id.slice(0, 12)} of "${source.repository}"`;
  return { problem, hint: "Name a branch and a revision at which the pipeline's folder exists." };
}

/**
 * The commit of a request, under the ref by which the Git server keeps it; the request may have moved on.
 * @throws Fault when the repository cannot be asked
 */
export async function findRequestCommit(
  scm: GitSource,
  { branch, revision, source }: { branch: string; revision: string } & Pick<SourceWish, 'source'>,
  signal: AbortSignal,
): Promise<RunSource | Refusal> {
  const ref = refOfBranch(branch) ?? branch;
  const commit = await unlessGone(scm.findCommit({ ref, tip: revision, id: revision }, signal));
  if (commit !== undefined) {
    return { branch, revision: commit, tip: { ref, objectId: revision, isNewest: false } };
  }
  const problem = `"${source.repository}" does not have the commit ${revision.slice(0, 12)} under ${ref}`;
  return { problem, hint: 'The request has moved on, or the Git server does not keep requests there.' };
}
