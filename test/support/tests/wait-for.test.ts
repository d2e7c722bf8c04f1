import { expect, test } from 'vitest';
import { waitFor } from '../wait-for.ts';

test('waiting returns the first value that is neither undefined nor false', async () => {
  const answers = [undefined, false, 0];

  const seen = await waitFor(() => answers.shift(), { what: 'a value', everyMs: 1 });

  expect(seen).toBe(0);
  expect(answers).toEqual([]);
});

test('waiting in vain names what was waited for, and keeps the last failure as the cause', async () => {
  const refusal = new Error('refused');
  const probe = () => Promise.reject(refusal);

  const waiting = waitFor(probe, { what: 'the server to answer', deadlineMs: 20, everyMs: 5 });

  await expect(waiting).rejects.toMatchObject({
    message: 'not within 20 ms: the server to answer',
    cause: refusal,
  });
});

test('a condition that holds at the deadline is seen, however rarely one looks', async () => {
  const begin = performance.now();

  const seen = await waitFor(() => performance.now() - begin >= 30, {
    what: '30 ms',
    deadlineMs: 30,
    everyMs: 10_000,
  });

  expect(seen).toBe(true);
});
