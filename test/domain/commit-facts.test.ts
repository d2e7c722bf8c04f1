import { expect, test } from 'vitest';
import { authorOfCommit, messageOfCommit, timeOfCommit } from '../../src/domain/commit-facts.ts';

test.for([
  ['2026-01-02T03:04:05.000006Z', true],
  ['2026-01-02T03:04:05+08:00', true],
  ['0001-01-01T00:00:00Z', true],
  ['9999-12-31T23:59:59-12:00', false],
  ['0000-01-01T00:00:00Z', false],
  ['+275760-09-13T00:00:00Z', false],
  ['-0001-01-01T00:00:00Z', false],
  ['2026-02-30T00:00:00Z', false],
  ['2026-13-01T00:00:00Z', false],
  ['1970-01-05T02:40:01+99:99', false],
  ['3170843-11-07T09:46:39Z', false],
  ['a while ago', false],
  ['', false],
] as const)('whether %s is the time of a commit: %s', ([told, isTime]) => {
  expect(timeOfCommit(told)).toBe(isTime ? told : null);
});

test('an author has a name, and one that is no book', () => {
  expect(authorOfCommit('爱丽丝')).toBe('爱丽丝');
  expect(authorOfCommit('')).toBeNull();
  expect(authorOfCommit(`${'a'.repeat(499)}😀 and more`)).toBe(`${'a'.repeat(499)}\uFFFD`);
});

test('of a message that is no message any more its beginning is kept, with a mark', () => {
  const long = 'x'.repeat(65_536);

  expect(messageOfCommit(long)).toBe(long);
  expect(messageOfCommit(`${long}y`)).toBe(`${long.slice(1)}…`);
});
