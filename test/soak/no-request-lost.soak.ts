import { expect, test } from 'vitest';
import { rollUnderLoad } from '../clusters/kubernetes/rolled-under-load.ts';

const rounds = 20;

test('20 rolling updates under load lose no request of a service that serves on after SIGTERM', async () => {
  const { answered, lost, outcomes } = await rollUnderLoad(rounds);

  expect(outcomes).toEqual(Array.from({ length: rounds }, () => 'succeeded'));
  expect(lost).toEqual([]);
  expect(answered).toBeGreaterThan(1_000);
});
