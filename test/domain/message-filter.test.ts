import { expect, test } from 'vitest';
import { messageMatches, messagePatternMistake, skipMarkerIn } from '../../src/domain/message-filter.ts';
import { asText, buildStep, head, pipelineOf, problemsOf } from './read-pipeline.ts';

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

test('revision properties are named, but none of Subversion itself', () => {
  const read = (written: string) =>
    `${head}on: { commit: { revision-properties: ${written} } }\nsteps:\n  - ${buildStep}\n`;

  const commit = pipelineOf(read("{ 'review:state': ['^ok$'] }")).on.commit;
  const mistakes = ["{ 'svn:log': [a] }", "{ 'a b': [a] }", "{ a: ['('] }", "{ a: ['!x'] }"].map((written) =>
    problemsOf(read(written)).map(asText).join(),
  );

  expect(commit?.revisionProperties).toEqual({ 'review:state': ['^ok$'] });
  expect(mistakes).toEqual([
    expect.stringContaining("are 'authors' and 'messages'"),
    expect.stringContaining('the name of a property has letters'),
    expect.stringContaining('no regular expression'),
    expect.stringContaining('only excludes'),
  ]);
});
