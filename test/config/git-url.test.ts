import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gitAddress, gitUrlMistake, parseGitUrl } from '../../src/config/git-url.ts';

test.each([
  ['https://gitlab.example.com/shop/web.git', null],
  ['https://gitlab.example.com:8443/shop/web', null],
  ['ssh://git@gitlab.example.com:2222/shop/web.git', null],
  ['git@gitlab.example.com:shop/web.git', null],
  ['http://git.example.com/web', "the URL scheme 'http' is not allowed here"],
  ['file:///srv/git/web.git', "the URL scheme 'file' is not allowed here"],
  ['git://git.example.com/web', "the URL scheme 'git' is not allowed here"],
  ['ext::sh -c touch% /tmp/x', 'this is not an absolute repository URL'],
  ['EXT::sh -c x', 'this is not an absolute repository URL'],
  ['ext://sh/x', "the URL scheme 'ext' is not allowed here"],
  ['--upload-pack=touch /tmp/x', 'this is not an absolute repository URL'],
  ['-oProxyCommand=x@host:path', 'the user, the host or the path of the URL is not valid'],
  ['ssh://-oProxyCommand=x/web', 'the user, the host or the path of the URL is not valid'],
  ['git@-oProxyCommand=x:web', 'the user, the host or the path of the URL is not valid'],
  ['git@host:-x', 'the user, the host or the path of the URL is not valid'],
  ['https://host/../web', 'the user, the host or the path of the URL is not valid'],
  ['https://host/a%2e%2E/../b', 'the user, the host or the path of the URL is not valid'],
  ['https://ci:pw@host/web', 'user and password do not belong into a URL'],
  ['/srv/git/web.git', 'this is not an absolute repository URL'],
  ['web.git', 'this is not an absolute repository URL'],
])('the Git URL %s: %s', (url, message) => {
  expect(gitUrlMistake(url, [])?.split('\n')[0] ?? null).toBe(message);
});

test('http and file are URLs where the config allows them', () => {
  expect(gitUrlMistake('http://git.example.com/web', ['http'])).toBeNull();
  expect(gitUrlMistake('file:///srv/git/web.git', ['file'])).toBeNull();
});

test('whatever is accepted begins with a letter or digit, names a host that does, and no program', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.stringMatching(/^(ext|EXT|fd|ssh|https|file|git)(::|:\/\/)[-a-z@%;|$`\\ ./:]{0,30}$/),
    fc.stringMatching(/^[-a-z]{1,8}@[-a-z.]{1,10}:[-/a-z.]{1,10}$/),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      const url = parseGitUrl(text);
      if (url === null) return;
      expect(['https', 'http', 'ssh', 'file']).toContain(url.scheme);
      expect(url.location).toMatch(/^[A-Za-z0-9_.]/);
      // What stands before `::` at the beginning is a program to git.
      expect(url.location).not.toMatch(/^[a-z0-9+.-]*::|[\s\p{Cc}\\]/iu);
      if (url.scheme !== 'file') expect(url.host).toMatch(/^[a-z0-9[]/);
      expect(url.path).not.toMatch(/^\/-|(^|\/)\.\.(\/|$)/);
    }),
    { numRuns: 2_000 },
  );
});

test('the spellings of one address are the same address', () => {
  const spellings = [
    'https://GitLab.example.com/shop/web.git',
    'https://gitlab.example.com:443/shop/web/',
    'git@gitlab.example.com:shop/web.git',
    'ssh://git@gitlab.example.com:22/shop/web',
  ];

  const addresses = spellings.map((text) => parseGitUrl(text)).map((url) => url && gitAddress(url));

  expect(new Set(addresses)).toEqual(new Set(['gitlab.example.com/shop/web']));
});
