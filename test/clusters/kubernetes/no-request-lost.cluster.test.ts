import { expect, test } from 'vitest';
import { rollUnderLoad } from './rolled-under-load.ts';

test('two rolling updates under load lose no request of a service that serves on after SIGTERM', async () => {
  const { answered, lost, outcomes } = await rollUnderLoad(2);

  expect(outcomes).toEqual(['succeeded', 'succeeded']);
  expect(lost).toEqual([]);
  expect(answered).toBeGreaterThan(50);
});
