import { expect, test } from 'vitest';
import { Leftovers } from '../../src/runs/leftovers.ts';

function loggerUnderTest() {
  const warnings: unknown[] = [];
  return { warnings, logger: { warn: (...said: unknown[]) => void warnings.push(said) } };
}

test('what a step has left is tried again when its engine is away just then, and is done when the run has ended', async () => {
  const { warnings, logger } = loggerUnderTest();
  let tries = 0;
  {
    await using leftovers = new Leftovers(logger);
    leftovers.leave(async () => {
      tries += 1;
      if (tries < 3) throw new Error('connect ECONNREFUSED');
    });
    leftovers.begin();
  }

  expect(tries).toBe(3);
  expect(warnings).toEqual([]);
});

test('what cannot be done after all is told, and holds up nothing else', async () => {
  const { warnings, logger } = loggerUnderTest();
  let isDone = false;
  {
    await using leftovers = new Leftovers(logger);
    // Of a mistake in the program nothing is tried again.
    leftovers.leave(() => Promise.reject(new TypeError('not like this')));
    leftovers.leave(async () => {
      isDone = true;
    });
  }

  expect(isDone).toBe(true);
  expect(warnings).toHaveLength(1);
});
