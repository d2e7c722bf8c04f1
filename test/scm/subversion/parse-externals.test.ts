import { describe, expect, test } from 'vitest';
import { parseExternals } from '../../../src/scm/subversion/externals/parse-externals.ts';
import { resolveExternalUrl } from '../../../src/scm/subversion/externals/resolve-url.ts';

test.each([
  ['^/lib lib', { target: 'lib', url: '^/lib', revision: null, peg: null }],
  ['^/lib@7 lib/', { target: 'lib', url: '^/lib', revision: '7', peg: '7' }],
  ['-r 5 ^/lib@7 ./lib', { target: 'lib', url: '^/lib', revision: '5', peg: '7' }],
  ['-r5 ^/lib lib', { target: 'lib', url: '^/lib', revision: '5', peg: null }],
  ['^/lib@HEAD lib', { target: 'lib', url: '^/lib', revision: null, peg: null }],
  ['-r HEAD ^/lib@7 lib', { target: 'lib', url: '^/lib', revision: null, peg: '7' }],
  ['lib -r 5 svn://h/lib', { target: 'lib', url: 'svn://h/lib', revision: '5', peg: '5' }],
  ['lib -r5 svn://h/lib@7', { target: 'lib', url: 'svn://h/lib@7', revision: '5', peg: '5' }],
  ['lib -r 5 ^/lib', { target: 'lib', url: '^/lib', revision: '5', peg: '5' }],
  ['lib svn://h/lib', { target: 'lib', url: 'svn://h/lib', revision: null, peg: null }],
  ['svn+ssh://me@h/lib lib', { target: 'lib', url: 'svn+ssh://me@h/lib', revision: null, peg: null }],
  ['"^/a b" \'c d/e\'', { target: 'c d/e', url: '^/a b', revision: null, peg: null }],
  ['^/a\\ b c\\"d', { target: 'c"d', url: '^/a b', revision: null, peg: null }],
  ['^/rel@1@ lib', { target: 'lib', url: '^/rel@1', revision: null, peg: null }],
])('the line %s is read as Subversion reads it', (line, expected) => {
  expect(parseExternals(`# comment\n\n${line}\r\n`, '')).toEqual([expected]);
});

test.each([
  '^/lib',
  '^/lib lib more',
  '^/lib ../lib',
  '^/lib /etc',
  '^/lib .',
  '^/lib .svn/x',
  '"^/lib lib',
  'lib lib',
  '-r {2026-01-01} ^/lib lib',
  '-r PREV ^/lib lib',
  'svn://h/a svn://h/b',
  'svn://h/a -r 5 lib',
  'lib -r 5 lib',
])('the line %s is refused', (line) => {
  expect(() => parseExternals(line, 'app')).toThrow(
    `svn:externals of "app" are refused: the line ${JSON.stringify(line)}: `,
  );
});

describe('the URL of an external', () => {
  const base = { root: 'svn://h:4000/repos/shop', folder: 'svn://h:4000/repos/shop/trunk/app' };

  test.each([
    ['^/lib', 'svn://h:4000/repos/shop/lib'],
    ['^/a b/100%25', 'svn://h:4000/repos/shop/a%20b/100%25'],
    ['^/../other/lib', 'svn://h:4000/repos/other/lib'],
    ['../../lib', 'svn://h:4000/repos/shop/lib'],
    ['//other/lib', 'svn://other/lib'],
    ['/repos/other', 'svn://h:4000/repos/other'],
    ['HTTPS://Svn.Example.org:443/lib/', 'https://svn.example.org/lib'],
  ])('%s is %s', (written, url) => {
    expect(resolveExternalUrl(written, base)).toBe(url);
  });

  test.each(['^/../../../lib', '../../../../../lib', 'svn://me:secret@h/lib'])('%s is refused', (written) => {
    expect(() => resolveExternalUrl(written, base)).toThrow('refused');
  });
});
