import { expect, test } from 'vitest';
import type { ChangedPath } from '../../src/domain/change.ts';
import {
  changesThroughExternals,
  isDeletedBy,
  lockAgain,
  mayChangeExternals,
} from '../../src/domain/external-use.ts';

const rootUrl = 'svn://host/shop';

function through(url: string, changed: Partial<ChangedPath>, isFloating = true) {
  const external = { path: 'vendor/lib', url, revision: '7', peg: '7', isFloating };
  const use = { branch: 'trunk', path: 'app', externals: [external] };
  const path: ChangedPath = { path: 'lib/a.txt', action: 'modified', kind: 'file', ...changed };
  return changesThroughExternals(use, { rootUrl, paths: [path] });
}

test('a file in an external is a file of the tree, and says where it really lies', () => {
  expect(through(`${rootUrl}/lib`, { path: 'lib/d/a.txt' })).toEqual([
    { path: 'app/vendor/lib/d/a.txt', action: 'modified', kind: 'file', external: 'lib/d/a.txt' },
  ]);
});

test.each<[string, string, Partial<ChangedPath>]>([
  ['the external itself, a file', `${rootUrl}/lib/a.txt`, {}],
  ['an encoded name', `${rootUrl}/lib%20%E4%B8%AD`, { path: 'lib 中/a.txt' }],
  ['the whole repository', rootUrl, { path: 'any/a.txt' }],
  ['a folder above that is replaced by a copy', `${rootUrl}/lib/deep`, copied('lib', 'replaced')],
  [
    'a folder above that is deleted',
    `${rootUrl}/lib/deep`,
    { path: 'lib', action: 'deleted', kind: 'directory' },
  ],
  ['a folder that is copied into it', `${rootUrl}/lib`, copied('lib/new', 'added')],
])('%s changes the tree', (_title, url, changed) => {
  expect(through(url, changed)).toHaveLength(1);
});

test.each<[string, string, Partial<ChangedPath>, boolean?]>([
  ['a neighbour with the same beginning', `${rootUrl}/lib`, { path: 'lib2/a.txt' }],
  ['another repository with the same beginning', `${rootUrl}2/lib`, {}],
  ['a property of a folder above', `${rootUrl}/lib/deep`, { path: 'lib', kind: 'directory' }],
  ['an external with a revision of its own', `${rootUrl}/lib`, {}, false],
])('%s does not change the tree', (_title, ...given) => {
  expect(through(...given)).toEqual([]);
});

test('a copy into an external counts as a whole: the branch cannot be asked for what it holds', () => {
  const [changed] = through(`${rootUrl}/lib`, copied('lib/new', 'added'));

  expect(changed).toMatchObject({ path: 'app/vendor/lib/new', action: 'replaced' });
  expect(changed).not.toHaveProperty('copiedFrom');
});

test('a tree is gone with its folder, its branch, and not with what it holds', () => {
  const use = { branch: 'branches/x', path: 'app', externals: [] };
  const deleted = (path: string): ChangedPath[] => [{ path, action: 'deleted', kind: 'directory' }];

  expect(isDeletedBy(use, deleted('branches/x'))).toBe(true);
  expect(isDeletedBy(use, deleted('branches/x/app'))).toBe(true);
  expect(isDeletedBy(use, deleted('branches/x/app/src'))).toBe(false);
  expect(isDeletedBy(use, deleted('branches/x2'))).toBe(false);
});

test.each<[string, Partial<ChangedPath>, boolean]>([
  ['a file', { kind: 'file', action: 'replaced' }, false],
  ['a new folder', { action: 'added' }, false],
  ['a new folder with properties', { action: 'added', hasProperties: true }, true],
  ['a copied folder', { action: 'added', copiedFrom: { path: 'x', revision: '1' } }, true],
  ['a deleted folder', { action: 'deleted' }, true],
  ['a folder with another svn:ignore', { isPropertyOnly: true, properties: ['svn:ignore'] }, false],
  ['a folder with other externals', { isPropertyOnly: true, properties: ['svn:externals'] }, true],
  ['a folder of whose properties nothing is known', { isPropertyOnly: true }, true],
  ['something of an unknown kind', { kind: 'unknown', action: 'added' }, true],
])('%s may change externals, or not', (_title, changed, may) => {
  expect(mayChangeExternals({ path: 'a', action: 'modified', kind: 'directory', ...changed })).toBe(may);
});

test('externals are fixed again: pinned ones stay, others follow their repository, if its newest is known', () => {
  const common = { revision: '1', peg: '2' };
  const pinned = { path: 'pinned', url: 'svn://far/lib', ...common, isFloating: false };
  const own = { path: 'own', url: `${rootUrl}/lib`, ...common, isFloating: true };
  const far = { path: 'far', url: 'svn://far/lib', ...common, isFloating: true };
  const heads = [{ rootUrl, revision: 9 }];

  expect(lockAgain([pinned, own], heads)).toEqual([pinned, { ...own, revision: '9', peg: '9' }]);
  expect(lockAgain([own, far], heads)).toBeNull();
});

function copied(path: string, action: 'added' | 'replaced'): Partial<ChangedPath> {
  return { path, action, kind: 'directory', copiedFrom: { path: 'old', revision: '1' } };
}
