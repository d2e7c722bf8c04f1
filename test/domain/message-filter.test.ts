import { expect, test } from 'vitest';
import { messageMatches, messagePatternMistake, skipMarkerIn } from '../../src/domain/message-filter.ts';

test('of several expressions the last that matches decides', () => {
  const patterns = ['.*', '!^wip', 'urgent'];

  const messages = ['fix', 'wip: fix', 'a line\nwip: fix', 'wip: urgent fix'];

  expect(messages.map((message) => messageMatches(patterns, message))).toEqual([true, false, false, true]);
  expect(messageMatches(['^release'], 'fix')).toBe(false);
});

test('no message makes an expression slow', () => {
  const begun = performance.now();

  messageMatches(['(a+)+$'], `${'a'.repeat(50_000)}!`);

  expect(performance.now() - begun).toBeLessThan(2_000);
});

test('what is no expression is told', () => {
  expect(['(', '(?=a)', '\\1'].map(messagePatternMistake)).toEqual(
    Array(3).fill(expect.stringMatching(/^this is no regular expression/)),
  );
  expect(messagePatternMistake('!^chore(\\(.+\\))?:')).toBeNull();
});

test('the usual marks of a commit that is to start nothing are known', () => {
  expect(['x [skip ci]', '[CI skip] x', '[no ci]', 'skip ci'].map(skipMarkerIn)).toEqual([
    '[skip ci]',
    '[CI skip]',
    '[no ci]',
    null,
  ]);
});
