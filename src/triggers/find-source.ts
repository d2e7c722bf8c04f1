import { splitPath } from '../domain/branch-layout.ts';
import { trunkOf } from '../domain/main-branch.ts';
import type { SourceControl, SubversionSource } from '../scm/source-control.ts';
import { findCommit } from './find-commit.ts';
import type { Refusal, RunSource, SourceWish } from './run-source.ts';
import { unlessGone } from './unless-gone.ts';

/** @throws Fault when the repository cannot be asked */
export function findSource(
  scm: SourceControl,
  wish: SourceWish,
  signal: AbortSignal,
): Promise<RunSource | Refusal> {
  return scm.kind === 'git' ? findCommit(scm, wish, signal) : findRevision(scm, wish, signal);
}

async function findRevision(
  scm: SubversionSource,
  wish: SourceWish,
  signal: AbortSignal,
): Promise<RunSource | Refusal> {
  const { layout, source } = wish;
  const branch = wish.branch ?? trunkOf(layout, null);
  if (branch === undefined || splitPath(layout, branch)?.branch !== branch) {
    const problem =
      branch === undefined ? 'the repository has no trunk' : `${JSON.stringify(branch)} is no branch`;
    return { problem, hint: `Name a branch of "${source.repository}"; its layout is ${layout.join(', ')}.` };
  }
  const head = await scm.head(signal);
  const number = wish.revision === null ? head : revisionNumber(wish.revision);
  if (number === undefined) {
    return { problem: `${JSON.stringify(wish.revision)} is no revision`, hint: 'Name it by its number: 42.' };
  }
  // svnserve answers questions about a revision that does not exist with broken data.
  if (number > head) {
    return {
      problem: `r${number} does not exist in "${source.repository}"`,
      hint: 'Leave the revision out for HEAD.',
    };
  }
  const place = { branch, path: source.path, revision: `${number}` };
  const last = await unlessGone(scm.lastChange(place, signal));
  if (last !== undefined) {
    const { revision: lastChanged, ...facts } = last;
    return { branch, revision: { ...facts, revision: `${number}` }, lastChanged, tip: null };
  }
  const path = source.path === '' ? branch : `${branch}/${source.path}`;
  const problem = `${path} does not exist at r${number} of "${source.repository}"`;
  return { problem, hint: "Name a branch and a revision at which the pipeline's folder exists." };
}

function revisionNumber(text: string): number | undefined {
  const digits = /^r?(\d{1,9})$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
