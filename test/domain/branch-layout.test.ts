import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  branchFolder,
  foldersOfBranches,
  isOnOverlongBranch,
  layoutConflict,
  layoutMistake,
  splitPath,
} from '../../src/domain/branch-layout.ts';

test('what lies on a branch with a name of more than 1,000 bytes lies on none, and that is known', () => {
  const layout = ['standard', '{project}/trunk'];
  const long = '长'.repeat(334);

  expect(splitPath(layout, `branches/${long.slice(5)}/a`)).toMatchObject({ rest: 'a' });
  expect([splitPath(layout, `branches/${long}/a`), splitPath(layout, `${long}/trunk`)]).toEqual([null, null]);
  expect(isOnOverlongBranch(layout, `branches/${long}/a`)).toBe(true);
  expect(isOnOverlongBranch(layout, `trunk/${long}/a`)).toBe(false);
  expect(isOnOverlongBranch(['none'], `branches/${long}/a`)).toBe(false);
  expect(isOnOverlongBranch(['standard'], `attic/${long}/a`)).toBe(false);
});

describe('a repository path', () => {
  test.each([
    [['standard'], 'trunk', 'trunk', ''],
    [['standard'], 'trunk/app/a.c', 'trunk', 'app/a.c'],
    [['standard'], 'branches/release-1/a', 'branches/release-1', 'a'],
    [['standard'], 'tags/v2', 'tags/v2', ''],
    [['branches/*/*'], 'branches/ada/x/src/a', 'branches/ada/x', 'src/a'],
    [['{project}/branches/*', '{project}/trunk'], 'shop/branches/b/a', 'shop/branches/b', 'a'],
    [['{project}/branches/*', '{project}/trunk'], 'shop/trunk/a', 'shop/trunk', 'a'],
    [['branches/*', 'branches/feature/*'], 'branches/feature/x/src', 'branches/feature/x', 'src'],
    [['branches/*', 'branches/feature/*'], 'branches/main/x/src', 'branches/main', 'x/src'],
    [['branches/r-*'], 'branches/r-1/a', 'branches/r-1', 'a'],
    [['主干'], '主干/a b', '主干', 'a b'],
    [['none'], 'a b/x', 'trunk', 'a b/x'],
    [['none'], 'trunk/x', 'trunk', 'trunk/x'],
    [['none'], '', 'trunk', ''],
  ])('in the layout %j: %s', (...[layout, path, branch, rest]) => {
    expect(splitPath(layout, path)).toEqual({ branch, rest });
  });

  test.each([
    [['standard'], 'trunk2/a'],
    [['standard'], 'branches'],
    [['standard'], ''],
    [['standard'], 'other/a'],
    [['branches/*/*'], 'branches/ada'],
    [['branches/*', 'branches/feature/*'], 'branches/feature'],
    [['{project}/trunk'], 'trunk/a'],
    [['branches/r-*-x'], 'branches/r-x'],
  ])('in the layout %j: %s lies on no branch', (layout, path) => {
    expect(splitPath(layout, path)).toBeNull();
  });

  test('keeps every segment, and everything below a branch lies on it', () => {
    const names = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'b', '*', '{', '.', '中') });
    fc.assert(
      fc.property(names, fc.array(names, { maxLength: 4 }), (name, below) => {
        const place = splitPath(['standard'], ['branches', name, ...below].join('/'));

        expect(place).toEqual({ branch: `branches/${name}`, rest: below.join('/') });
      }),
    );
  });
});

test.each([
  [['standard'], ['trunk', 'branches', 'tags']],
  [
    ['a/trunk', 'a/b', '{project}/trunk', 'work/a/*', 'work/r-*'],
    ['a/trunk', 'a/b', 'work'],
  ],
  [['none'], ['trunk']],
])('the branches of the layout %j are in the folders %j', (layout, folders) => {
  expect(foldersOfBranches(layout)).toEqual(folders);
});

test.each(['', '/trunk', 'trunk/', 'a/../b', 'a/**', 'a/b*c*d', 'a{b}', '{}'])(
  'the layout pattern %j is refused',
  (pattern) => {
    expect(layoutMistake(pattern)).not.toBeNull();
  },
);

test.each([
  [['branches/*', 'branches/*/*'], 'nothing would be a branch of branches/*, for branches/*/* takes'],
  [['standard', 'branches/{team}/*'], 'nothing would be a branch of branches/*'],
  [['branches/r-*', 'branches/*/*'], 'nothing would be a branch of branches/r-*'],
  [['{project}/trunk', '{project}/*/x/*'], null],
  [['branches/release', 'branches/*/*'], null],
  [['standard', 'branches/feature/*'], null],
  [['*/branches/*', '{project}/branches/*'], null],
])('the patterns %j beside each other: %s', (layout, conflict) => {
  const found = layoutConflict(layout);

  expect(found === null ? null : found.slice(0, conflict?.length)).toBe(conflict);
});

test('a branch is its folder, but where the root is the only one', () => {
  expect(branchFolder(['standard'], 'branches/x')).toBe('branches/x');
  expect(branchFolder(['none'], 'trunk')).toBe('');
});

test.each(['standard', 'none', 'trunk', 'branches/*', '{project}/branches/r-*'])(
  'the layout pattern %j is accepted',
  (pattern) => {
    expect(layoutMistake(pattern)).toBeNull();
  },
);
