import { expect, test } from 'vitest';
import { createStepLog } from '../../src/cli/step-log.ts';
import { createBuildLog } from '../../src/images/build-log.ts';
import { createCommandFollower } from '../../src/steps/shell-script.ts';

/** More than the longest string that there can be. */
const longLine = { part: 'x'.repeat(2 ** 20), times: 640 };

test('a script whose output has no line break for 640 MiB is followed to its next command', () => {
  const follower = createCommandFollower(['echo one', 'echo two']);

  follower.read('+ echo one\n');
  for (let index = 0; index < longLine.times; index += 1) follower.read(longLine.part);
  const before = follower.current();
  follower.read('+ echo');
  follower.read(' two\n');

  expect(before).toBe('echo one');
  expect(follower.current()).toBe('echo two');
});

test('a line of 640 MiB in a build or on a terminal is given on in pieces as it comes', () => {
  let built = 0;
  let printed = 0;
  const build = createBuildLog((text) => {
    built += text.length;
  });
  const steps = createStepLog({ paint: (_colour, text) => text }, ['unit'], (text) => {
    printed += text.length;
  });

  for (let index = 0; index < longLine.times; index += 1) {
    build.output('one', longLine.part);
    steps.write('unit', longLine.part);
  }

  expect(built).toBeGreaterThanOrEqual(640 * 2 ** 20);
  expect(printed).toBeGreaterThanOrEqual(640 * 2 ** 20);
});
