import { expect, test } from 'vitest';
import type { ChangedPath } from '../../src/domain/change.ts';
import { renamedBranches } from '../../src/domain/renamed-branches.ts';

const directory = 'directory' as const;
const copy = (from: string, path: string, action: ChangedPath['action'] = 'added'): ChangedPath => ({
  ...{ path, action, kind: directory, copiedFrom: { path: from, revision: '3' } },
});
const gone = (path: string): ChangedPath => ({ path, action: 'deleted', kind: directory });

test.for<[string, ChangedPath[], string[]]>([
  ['moved', [gone('branches/a'), copy('branches/a', 'branches/b')], ['branches/a > branches/b']],
  ['made of the trunk', [gone('trunk'), copy('trunk', 'branches/b')], ['trunk > branches/b']],
  ['over another', [gone('branches/a'), copy('branches/a', 'trunk', 'replaced')], ['branches/a > trunk']],
  ['gone with the folder above', [gone('branches'), copy('branches/a', 'tags/b')], ['branches/a > tags/b']],
  ['only copied', [copy('branches/a', 'branches/b')], []],
  ['copied twice', [gone('trunk'), copy('trunk', 'branches/a'), copy('trunk', 'branches/b')], []],
  ['a part of one', [gone('branches/a'), copy('branches/a/app', 'branches/b')], []],
  ['into another', [gone('branches/a'), copy('branches/a', 'trunk/a')], []],
  ['exchanged', [copy('branches/a', 'trunk', 'replaced'), copy('trunk', 'branches/a', 'replaced')], []],
])('of what a revision copies and deletes it is a branch renamed that is %s', ([, paths, renames]) => {
  const found = renamedBranches(['standard'], paths);

  expect(found.map(({ from, to }) => `${from} > ${to}`)).toEqual(renames);
});
