import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathFilter, patternMistake } from '../../src/domain/path-filter.ts';

/** Segments with characters that mean something to shells and regular expressions, but nothing in our patterns. */
const segments = fc
  .string({
    minLength: 1,
    maxLength: 8,
    unit: fc.constantFrom('a', 'b', '.', '+', '(', ')', '|', '^', '$', '@', '!', ' ', '-', '中'),
  })
  .filter((segment) => segment !== '.' && segment !== '..');
const paths = fc
  .array(segments, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'))
  .filter((path) => !path.startsWith('!'));

describe('a filter', () => {
  test.each([
    [['trunk/app'], 'trunk/app', true],
    [['trunk/app'], 'trunk/app/a/b.c', true],
    [['trunk/app'], 'trunk/app2', false],
    [['trunk/app'], 'trunk/app2/a', false],
    [['trunk/app'], 'trunk', false],
    [['docs/'], 'docs/a/b', true],
    [['*'], 'a', true],
    [['*'], 'a/b', false],
    [['src/*'], 'src/a', true],
    [['src/*'], 'src/a/b', false],
    [['branches/release-*'], 'branches/release-1', true],
    [['branches/release-*'], 'branches/other', false],
    [['**'], 'a/b/c', true],
    [['**'], '', true],
    [['**/*.md'], 'README.md', true],
    [['**/*.md'], 'a/b/README.md', true],
    [['a/**/z'], 'a/z', true],
    [['a/**/z'], 'a/b/c/z/below', true],
    [['**', '!**/*.md'], 'a/README.md', false],
    [['**', '!**/*.md', 'docs/api.md'], 'docs/api.md', true],
    [['**', '!docs'], 'docs/a.c', false],
    [['**', '!docs'], 'docs2/a.c', true],
    [['**'], '.github/x', true],
    [['a/{b,c}/d'], 'a/c/d', true],
    [['a?c'], 'abc', true],
    [['[a-c]x'], 'bx', true],
    [['[!a-c]x'], 'bx', false],
    [['[^a-c]x'], 'dx', true],
    [['文档/**'], '文档/说明.txt', true],
    [['!a'], 'b', false],
  ])('%j and %s: %s', (patterns, path, expected) => {
    expect(pathFilter(patterns).matches(path)).toBe(expected);
  });

  test('that names a path literally matches it and what is below, and nothing beside', () => {
    fc.assert(
      fc.property(paths, segments, (path, extra) => {
        const filter = pathFilter([path]);

        expect(filter.matches(path)).toBe(true);
        expect(filter.matches(`${path}/${extra}`)).toBe(true);
        expect(filter.matches(`${path}${extra}`)).toBe(false);
        expect(filter.matches(`x${path}`)).toBe(false);
      }),
    );
  });

  test('takes the last pattern that matches', () => {
    fc.assert(
      fc.property(paths, fc.array(fc.boolean(), { minLength: 1 }), (path, signs) => {
        const patterns = signs.map((isIncluding) => (isIncluding ? path : `!${path}`));

        expect(pathFilter(patterns).matches(path)).toBe(signs.at(-1));
      }),
    );
  });

  test('that matches a path may match below every folder above it', () => {
    const patterns = fc.constantFrom(
      '**',
      'a',
      'b/',
      'a/*',
      '*/b',
      '**/b',
      '!a',
      '!b/**',
      '!**/b',
      '!*/a',
      '!a/*/b',
    );
    const folders = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(patterns, { minLength: 1, maxLength: 4 }), folders, (list, parts) => {
        const filter = pathFilter(list);
        const above = parts.map((_, length) => parts.slice(0, length).join('/'));

        if (filter.matches(parts.join('/')))
          expect(above.filter((folder) => !filter.mayMatchBelow(folder))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('below a folder', () => {
  test.each([
    [['services/cart/**'], 'services', true],
    [['services/cart/**'], 'services/cart/deep', true],
    [['services/cart/**'], 'services/web', false],
    [['services/cart/**'], '', true],
    [['*.md'], 'docs', false],
    [['**/*.md'], 'docs', true],
    [['**', '!docs'], 'docs', false],
    [['**', '!docs/*'], 'docs', true],
    [['**', '!**/*.md'], 'docs', true],
    [['docs', '!**'], 'docs', false],
    [['!**', 'docs'], 'docs', true],
  ])('%j may match in %j: %s', (patterns, folder, expected) => {
    expect(pathFilter(patterns).mayMatchBelow(folder)).toBe(expected);
  });
});

describe('a pattern', () => {
  test.each([
    '',
    '!',
    '/a',
    '!/a',
    'a/../b',
    './a',
    'a/**b',
    'a/*b*c*d*',
    'a/{b/c}',
    'a/[b',
    `${'a'.repeat(301)}`,
  ])('%j is refused', (pattern) => {
    expect(patternMistake(pattern)).not.toBeNull();
  });

  test.each(['**', '!**/*.md', 'a/{b,c}/*', 'docs/', '[a-z]?', 'a (b)/c+d'])('%j is accepted', (pattern) => {
    expect(patternMistake(pattern)).toBeNull();
  });

  test('that is accepted decides quickly, whatever the path', () => {
    const filter = pathFilter(['**/*a*a*/**/*a*a*/**/*b']);

    const beganAt = performance.now();
    filter.matches(Array(60).fill('a'.repeat(250)).join('/'));

    expect(performance.now() - beganAt).toBeLessThan(1000);
  });
});
