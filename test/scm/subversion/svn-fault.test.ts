import { expect, test } from 'vitest';
import { Secret } from '../../../src/domain/secret.ts';
import { faultOfSvn, UnreadableData } from '../../../src/scm/subversion/svn-fault.ts';

const attempt = { what: 'Exporting svn://host/shop/trunk@3', credentials: null };
const unable = "svn: E170013: 无法连接 'svn://host/shop'\n";

test.each([
  ['no connection', `${unable}svn: E000111: refused\n`, 'scm-unreachable'],
  ['an unknown host', `${unable}svn: E670002: unknown\n`, 'scm-unreachable'],
  ['a connection that was cut', 'svn: E210002: closed\n', 'scm-unreachable'],
  ['an answer of the wrong kind', 'svn: E175002: 503\n', 'scm-unreachable'],
  ['a wrong password', `${unable}svn: E170001: 认证失败\n`, 'scm-denied'],
  ['no password', `${unable}svn: E215004: no more\n`, 'scm-denied'],
  ['no repository', `${unable}svn: E210005: none\n`, 'scm-gone'],
  ['no such path', 'svn: warning: W160013: none\nsvn: E200009: could not\n', 'scm-gone'],
  ['no such revision', 'svn: E160006: none\n', 'scm-gone'],
  ['no space', 'svn: E000028: 空间不足\n', 'disk-full'],
  ['anything else', 'svn: E160004: corrupt\n', 'internal'],
  ['a crash', 'Segmentation fault\n', 'internal'],
  ['silence', '', 'internal'],
  ['a number inside a text', "svn: E160004: 'E170001: Exxxxxx svn: E170001: '\n", 'internal'],
])('%s is told by its number, in any language', (_title, stderr, code) => {
  const fault = faultOfSvn(attempt, stderr);

  expect(fault).toMatchObject({ code, isRetryable: code !== 'scm-denied' && code !== 'scm-gone' });
  expect(fault.message).toContain(attempt.what);
  expect(fault.hint).toMatch(/\w/);
});

test('a denied login names the credentials, not what they are', () => {
  const credentials = { name: 'main-svn', username: 'ci', password: new Secret('hunter2') };

  const fault = faultOfSvn({ ...attempt, credentials }, 'svn: E170001: denied\n');

  expect(fault.hint).toContain('"main-svn"');
  expect(`${fault.message}${fault.hint}${fault.cause}`).not.toContain('hunter2');
});

test("escape sequences in a server's words reach no terminal", () => {
  const fault = faultOfSvn(attempt, 'svn: E170001: \x1b[31mred\x1b[0m \x07bell\r\n');

  expect(fault.message).toContain('red \uFFFDbell');
  expect(`${fault.message}${fault.cause}`).not.toMatch(/[^\P{Cc}\n]/u);
});

test('a machine in trouble, or a crash, is not blamed on what was read', () => {
  const blamed = (stderr: string) => faultOfSvn(attempt, stderr) instanceof UnreadableData;

  expect(blamed('svn: E160004: corrupt\n')).toBe(true);
  expect(blamed('svn: E160004: corrupt\nsvn: E000013: not permitted\n')).toBe(false);
  expect(blamed('Killed\n')).toBe(false);
  expect(blamed('svn: E170001: denied\n')).toBe(false);
});
