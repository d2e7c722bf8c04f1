import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitPath } from '../../src/domain/branch-layout.ts';
import type { ChangedPath } from '../../src/domain/change.ts';
import { pathFilter } from '../../src/domain/path-filter.ts';
import { counts } from '../../src/domain/watched-paths.ts';

const name = fc.constantFrom('a', 'app', 'app2', 'web', 'x.md', '.hidden', 'ü 中');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const segment = fc.oneof(name, fc.constantFrom('*', '**', '*.md', 'app*', '?'));
const pattern = fc
  .tuple(fc.constantFrom('', '!'), fc.array(segment, { minLength: 1, maxLength: 3 }))
  .map(([sign, segments]) => sign + segments.join('/'));
const patterns = fc.array(pattern, { minLength: 1, maxLength: 4 });

/** The filter language, as its reference words it, by the way of one regular expression for each pattern. */
function matchesAsWorded(list: readonly string[], text: string): boolean {
  const last = list.findLast((one) => {
    const segments = one.replace(/^!/, '').split('/');
    const isPlain = !/[*?]/.test(segments.at(-1) ?? '');
    const body = [...segments, ...(isPlain ? ['**'] : [])]
      .map((part) =>
        part === '**'
          ? '(?:/[^/]+)*'
          : `/${part.replaceAll(/[.*?]/g, (c) => ({ '.': '\\.', '*': '[^/]*', '?': '[^/]' })[c] ?? c)}`,
      )
      .join('');
    return new RegExp(`^${body}$`, 'u').test(`/${text}`);
  });
  return last !== undefined && !last.startsWith('!');
}

test('a filter matches what its words say, whole segment by whole segment', () => {
  fc.assert(
    fc.property(patterns, path, (list, text) => {
      expect(pathFilter(list).matches(text)).toBe(matchesAsWorded(list, text));
    }),
    { numRuns: 500 },
  );
});

test('a folder that came or went as a whole counts whenever a file in it would', () => {
  fc.assert(
    fc.property(patterns, path, path, (list, folder, below) => {
      const filter = pathFilter(list);

      const isFileWatched = filter.matches(`${folder}/${below}`);

      if (isFileWatched) expect(filter.mayMatchBelow(folder)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('a copy above the watched folder counts exactly when the folder is in it; a mere modification never does', () => {
  fc.assert(
    fc.property(path, path, fc.boolean(), (folder, below, isThere) => {
      const base = `${folder}/${below}`;
      const watched = {
        base,
        filter: pathFilter(['**']),
        ignore: [],
        exists: (asked: string) => asked === base && isThere,
      };
      const copiedFrom = { path: 'trunk', revision: '1' };
      const change = (action: ChangedPath['action'], more = {}): ChangedPath => ({
        path: folder,
        action,
        kind: 'directory',
        ...more,
      });

      expect(counts(change('added', { copiedFrom }), watched)).toBe(isThere);
      expect(counts(change('replaced', { copiedFrom }), watched)).toBe(isThere);
      expect(counts(change('deleted'), watched)).toBe(true);
      expect(counts(change('modified'), watched)).toBe(false);
    }),
  );
});

const layout = fc.constantFrom(
  ['standard'],
  ['trunk', 'branches/*/*', 'tags/{project}/{version}'],
  ['{project}/trunk', '{project}/branches/*', '{project}/tags/*'],
  ['*/*/trunk', 'vendor'],
);
const repositoryPath = fc
  .array(fc.constantFrom('trunk', 'branches', 'tags', 'shop', 'one', 'vendor', 'a.c'), { maxLength: 6 })
  .map((names) => names.join('/'));

test('a path lies on one branch at most, and what is below it on the same; what holds branches is none', () => {
  fc.assert(
    fc.property(layout, repositoryPath, fc.constantFrom('a.c', 'x/y.c'), (patternsOfLayout, text, below) => {
      const place = splitPath(patternsOfLayout, text);
      if (place === null) return;

      expect([place.branch, place.rest].filter(Boolean).join('/')).toBe(text);
      expect(splitPath(patternsOfLayout, place.branch)).toEqual({ branch: place.branch, rest: '' });
      expect(splitPath(patternsOfLayout, `${text}/${below}`)?.branch).toBe(place.branch);
      const container = place.branch.split('/').slice(0, -1).join('/');
      expect(splitPath(patternsOfLayout, container)).toBeNull();
    }),
    { numRuns: 500 },
  );
});
