import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branchOfRef, branchOfRequest, refOfBranch } from '../../src/domain/git-names.ts';

test.each([
  ['refs/heads/main', 'main'],
  ['refs/heads/feature/a', 'feature/a'],
  ['refs/tags/v1', 'tags/v1'],
  ['refs/heads/tags/v1', 'heads/tags/v1'],
  ['refs/heads/heads/x', 'heads/heads/x'],
  ['refs/heads/发布', '发布'],
  ['refs/heads/-x', null],
  ['refs/heads/a..b', null],
  ['refs/heads/a b', null],
  ['refs/heads/a.lock', null],
  ['refs/heads/a/.b', null],
  ['refs/heads/', null],
  ['refs/tags/v1^{}', null],
  ['refs/merge-requests/1/head', null],
  ['refs/heads/pull/7', 'heads/pull/7'],
  ['refs/heads/pull/7/more', 'pull/7/more'],
  ['refs/heads/pull/07', 'pull/07'],
  ['HEAD', null],
])('the ref %s is the branch %s', (ref, branch) => {
  expect(branchOfRef(ref)).toBe(branch);
  if (branch !== null) expect(refOfBranch(branch)).toBe(ref);
});

test('no two refs have one name, and no name is an option, a range or a pattern to git', () => {
  const part = fc.stringMatching(/^[-a-z.~^:*@{}[\\ ]{1,6}$/);
  const ref = fc
    .tuple(fc.constantFrom('refs/heads', 'refs/tags', 'refs', ''), fc.array(part, { maxLength: 3 }))
    .map(([root, parts]) => [root, ...parts].join('/'));
  fc.assert(
    fc.property(ref, (name) => {
      const branch = branchOfRef(name);
      if (branch === null) return;
      expect(refOfBranch(branch)).toBe(name);
      expect(branch).not.toMatch(/^-|\.\.|[~^:*[\\ ]|@\{/);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['refs/pull/7/head', 'pull/7'],
  ['refs/merge-requests/12/head', 'merge-requests/12'],
  ['refs/pull/7/merge', null],
  ['refs/pull/0/head', null],
  ['refs/pull/-7/head', null],
  ['refs/heads/pull/7/head', null],
  ['', null],
])('the ref %s of a request stands for the branch %s', (ref, branch) => {
  expect(branchOfRequest(ref)).toBe(branch);
  if (branch !== null) expect(refOfBranch(branch)).toBe(ref);
});
