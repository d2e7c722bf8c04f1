import { expect, test } from 'vitest';
import { timeLimit } from '../../src/runs/step-limits.ts';

test('a limit that is longer than timers can count does not end a step at once', async () => {
  using month = timeLimit(30 * 86_400_000);
  using short = timeLimit(20);

  await new Promise((resolve) => short.signal.addEventListener('abort', resolve, { once: true }));

  expect(month.signal.aborted).toBe(false);
});
