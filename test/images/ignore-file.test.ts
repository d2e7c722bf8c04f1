import { expect, test } from 'vitest';
import { readIgnoreFile } from '../../src/images/ignore-file.ts';

test.each([
  // From the documentation of .dockerignore.
  { file: '# comment', keeps: ['# comment', 'a'], ignores: [] },
  { file: '*/temp*', keeps: ['temp', 'a/b/temp'], ignores: ['a/temporary.txt', 'a/temp', 'a/temp/inside'] },
  { file: '*/*/temp*', keeps: ['a/temp'], ignores: ['a/b/temporary.txt'] },
  { file: 'temp?', keeps: ['temp', 'a/tempa', 'tempab'], ignores: ['tempa', 'tempb'] },
  { file: '**/*.go', keeps: ['a.gone'], ignores: ['a.go', 'a/b/c.go'] },
  { file: '*.md\n!README.md', keeps: ['README.md', 'a/b.md'], ignores: ['b.md'] },
  {
    file: '*.md\n!README*.md\nREADME-secret.md',
    keeps: ['README.md'],
    ignores: ['README-secret.md', 'x.md'],
  },
  {
    file: '*.md\nREADME-secret.md\n!README*.md',
    keeps: ['README-secret.md', 'README.md'],
    ignores: ['x.md'],
  },
  // Rules that the documentation leaves to the code.
  { file: '/foo/bar/', keeps: ['a/foo/bar', 'foo'], ignores: ['foo/bar', 'foo/bar/baz'] },
  { file: './foo/../bar', keeps: ['foo'], ignores: ['bar'] },
  { file: 'dir\n!dir/keep', keeps: ['dir/keep', 'dir/keep/below'], ignores: ['dir', 'dir/drop'] },
  { file: '*\n!**/keep.txt', keeps: ['a/b/keep.txt', 'keep.txt'], ignores: ['a', 'a/b/drop.txt'] },
  { file: 'a/**', keeps: ['a', 'b'], ignores: ['a/b', 'a/b/c'] },
  { file: 'a/**/z', keeps: ['a', 'az'], ignores: ['a/z', 'a/b/c/z'] },
  { file: '[a-c].txt', keeps: ['d.txt', 'a/a.txt'], ignores: ['a.txt', 'b.txt'] },
  { file: '[^a].txt', keeps: ['a.txt'], ignores: ['b.txt'] },
  { file: '\\*.txt', keeps: ['a.txt'], ignores: ['*.txt'] },
  {
    file: 'c++\napp/(admin)\na|b',
    keeps: ['c', 'cc', 'app/admin', 'a'],
    ignores: ['c++/x', 'app/(admin)', 'a|b'],
  },
  { file: '  spaced  \r\n\r\n ! spaced/keep', keeps: ['spaced/keep'], ignores: ['spaced'] },
  { file: '\uFEFFfirst', keeps: [], ignores: ['first'] },
  { file: '*', keeps: [], ignores: ['constructor', 'Ünïcode', '.hidden'] },
  { file: 'FOO', keeps: ['foo'], ignores: ['FOO'] },
])('$file', ({ file, keeps, ignores }) => {
  const filter = readIgnoreFile(file);

  if ('malformed' in filter) throw new Error(filter.malformed);
  expect(keeps.filter((path) => filter.ignores(path))).toEqual([]);
  expect(ignores.filter((path) => !filter.ignores(path))).toEqual([]);
});

test('what version control leaves stays out unless the file brings it back', () => {
  const plain = readIgnoreFile('');
  const exception = readIgnoreFile('!.git');

  expect(plain).toMatchObject({ hasExceptions: false });
  expect('ignores' in plain && ['.svn/wc.db', 'a/.git', '.gitignore'].map(plain.ignores)).toEqual([
    true,
    true,
    false,
  ]);
  expect('ignores' in exception && ['.git/HEAD', 'a/.git'].map(exception.ignores)).toEqual([false, true]);
});

test.each(['!', '[a-', 'a[', '[]'])('%s is reported as malformed', (pattern) => {
  expect(readIgnoreFile(`ok\n${pattern}\n`)).toEqual({ malformed: pattern });
});

test.each([
  { pattern: `${'*a'.repeat(40)}b`, path: 'a'.repeat(255) },
  { pattern: `${'**/a/'.repeat(40)}b`, path: 'a/'.repeat(1_000) },
])('no pattern makes a path take long: $pattern', ({ pattern, path }) => {
  const filter = readIgnoreFile(pattern);

  expect('ignores' in filter && filter.ignores(path)).toBe(false);
});
