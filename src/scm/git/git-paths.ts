import { Fault } from '../../domain/fault.ts';
import { isObjectId } from '../../domain/git-names.ts';

/**
 * A revision as git is given it: the full id of a commit, never a name, a range or an option.
 * @throws Fault `scm-gone`
 */
export function commitId(revision: string): string {
  if (isObjectId(revision)) return revision;
  throw new Fault('scm-gone', `Revision ${JSON.stringify(revision)} was refused: it is no id of a commit`, {
    hint: 'Name a commit by its full id',
    isRetryable: false,
  });
}

/**
 * A path as Git spells it: `services/cart`, '' for the root.
 * @throws Fault `scm-denied` for a path that leaves its root
 */
export function treePath(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (!segments.includes('..') && path.isWellFormed() && !path.includes('\0')) return segments.join('/');
  throw new Fault(
    'scm-denied',
    `The repository path ${JSON.stringify(path)} is refused: it leaves its root`,
    {
      hint: "Name a path relative to the repository's root",
      isRetryable: false,
    },
  );
}

/** The object at a path of a commit, for git commands that take one. */
export function objectAt(revision: string, path: string): string {
  return `${commitId(revision)}:${treePath(path)}`;
}
