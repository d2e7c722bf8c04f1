import { expect, test } from 'vitest';
import { idleLimit, timeLimit } from '../../src/runs/step-limits.ts';

test('a limit that is longer than timers can count does not end a step at once', async () => {
  using month = timeLimit(30 * 86_400_000);
  using short = timeLimit(20);

  await new Promise((resolve) => short.signal.addEventListener('abort', resolve, { once: true }));

  expect(month.signal.aborted).toBe(false);
});

test('a step that is held up is not silent, and is ended when it says nothing after', async () => {
  using idle = idleLimit(40);
  using longer = timeLimit(160);
  const held = new Promise<void>((resolve) =>
    longer.signal.addEventListener('abort', () => resolve(), { once: true }),
  );

  await idle.whileHeldUp(held);
  const after = idle.signal.aborted;
  await new Promise((resolve) => idle.signal.addEventListener('abort', resolve, { once: true }));

  expect(after).toBe(false);
  expect(idle.signal.reason).toMatchObject({ kind: 'timed-out', isIdle: true });
});
