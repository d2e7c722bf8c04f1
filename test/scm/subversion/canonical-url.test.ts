import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalUrl,
  checkScheme,
  encodePath,
  withoutUser,
} from '../../../src/scm/subversion/canonical-url.ts';

test.each([
  ['SVN://SVN.Example.COM:3690/Shop/', 'svn://svn.example.com/Shop'],
  ['https://svn.example.com:443//shop/./%e4%b8%ad', 'https://svn.example.com/shop/%E4%B8%AD'],
  ['https://svn.example.com/shop/中', 'https://svn.example.com/shop/%E4%B8%AD'],
  ['http://svn.example.com:80/%73hop', 'http://svn.example.com/shop'],
  ['svn+ssh://ci@svn.example.com:22/srv/shop', 'svn+ssh://ci@svn.example.com/srv/shop'],
  ['https://svn.example.com:8443/a%20b/rel%401/100%25', 'https://svn.example.com:8443/a%20b/rel@1/100%25'],
  ['svn://[::1]:3690/shop', 'svn://[::1]/shop'],
  ['file:///srv/svn/shop/', 'file:///srv/svn/shop'],
  ['file://localhost/srv/svn/shop', 'file:///srv/svn/shop'],
  ['svn://svn.example.com', 'svn://svn.example.com'],
])('%s is written as %s', (given, expected) => {
  const canonical = canonicalUrl(given);

  expect(canonical).toBe(expected);
  expect(canonicalUrl(canonical)).toBe(expected);
});

test.each([
  '-svn://svn.example.com/shop',
  'shop',
  '',
  'svn://-oProxyCommand=x/shop',
  'svn+ssh://-l@svn.example.com/shop',
  'svn://svn.example.com/sh\nop',
  'svn://ci:secret@svn.example.com/shop',
  'https://ci@svn.example.com/shop',
  'svn+ssh://ci:secret@svn.example.com/shop',
  'svn://svn.example.com/a/../b',
  'svn://svn.example.com/a/%2e%2e/b',
  'svn://svn.example.com/a%2fb',
  'svn://svn.example.com/100%',
  'svn://svn.example.com:port/shop',
  'svn:///shop',
  'file://server/share',
])('%j is refused', (given) => {
  expect(() => canonicalUrl(given)).toThrow(
    expect.objectContaining({ code: 'scm-denied', isRetryable: false }),
  );
});

test('a refused URL does not show the password that it held', () => {
  expect(() => canonicalUrl('svn://ci:hunter2@svn.example.com/shop')).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
  );
});

describe('schemes', () => {
  test.each(['https://h/r', 'svn://h/r', 'svn+ssh://h/r'])('%s needs no permission', (url) => {
    expect(() => checkScheme(url, [])).not.toThrow();
  });

  test.each(['http://h/r', 'file:///r'])('%s needs a permission', (url) => {
    const scheme = url.slice(0, url.indexOf(':'));

    expect(() => checkScheme(url, [])).toThrow(expect.objectContaining({ code: 'scm-denied' }));
    expect(() => checkScheme(url, [scheme])).not.toThrow();
  });

  test.each(['svn+x://h/r', 'ftp://h/r'])('%s is refused whatever the configuration says', (url) => {
    const scheme = url.slice(0, url.indexOf(':'));

    expect(() => checkScheme(url, [scheme])).toThrow(expect.objectContaining({ code: 'scm-denied' }));
  });
});

test.each([
  ['trunk/a b/100%/q?#x/rel@1/中', 'trunk/a%20b/100%25/q%3F%23x/rel@1/%E4%B8%AD'],
  ['/trunk//app/', 'trunk/app'],
  ['./trunk/.', 'trunk'],
  ['', ''],
  ['trunk/-m', 'trunk/-m'],
])('the path %j is encoded as %j', (path, expected) => {
  expect(encodePath(path)).toBe(expected);
});

test.each(['a/../b', '..', '-rf', '-x/y', 'a\0b', 'a\uD800'])('the path %j is refused', (path) => {
  expect(() => encodePath(path)).toThrow(expect.objectContaining({ code: 'scm-denied' }));
});

test('an encoded path is already canonical and decodes to what it was', () => {
  const segment = fc.string({ minLength: 1, unit: 'grapheme' }).filter(isPlainSegment);

  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
      const encoded = encodePath(segments.join('/'));

      expect(canonicalUrl(`svn://h/${encoded}`)).toBe(`svn://h/${encoded}`);
      expect(encoded.split('/').map(decodeURIComponent)).toEqual(segments);
    }),
  );
});

test('what people see has no user', () => {
  expect(withoutUser('svn+ssh://ci@h/rel@1')).toBe('svn+ssh://h/rel@1');
  expect(withoutUser('svn://h/rel@1')).toBe('svn://h/rel@1');
});

function isPlainSegment(segment: string): boolean {
  const isSpecial = segment === '.' || segment === '..' || segment.startsWith('-');
  return !isSpecial && !/[/\0]/.test(segment);
}
