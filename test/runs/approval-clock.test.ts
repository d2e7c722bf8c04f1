import { afterEach, expect, test, vi } from 'vitest';
import { decide, signedOff, waitingRun } from './approvals-under-test.ts';
import { startEngine, succeeded } from './engine-under-test.ts';

const dayMs = 86_400_000;

afterEach(() => {
  vi.restoreAllMocks();
});

// A machine has one clock: that this process tells another time than the database can only be pretended.
test.each([
  ['ahead', 3],
  ['behind', -3],
])(
  'an approval ends by the clock of the database, not by that of a machine that is %s',
  async (_where, days) => {
    await using engine = await startEngine();
    engine.startWorker(async () => succeeded);
    const runId = await waitingRun(engine, signedOff());
    const real = Date.now.bind(Date);

    vi.spyOn(Date, 'now').mockImplementation(() => real() + days * dayMs);
    const receipt = await decide(engine, { runId });
    const run = await engine.ended(runId);

    expect(receipt).toEqual({ decided: true });
    expect(run.steps.signoff).toMatchObject({ outcome: 'succeeded' });
  },
);

test('how long it may take is counted by the clock of the database', async () => {
  const real = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => real() - 3 * dayMs);
  await using engine = await startEngine();
  engine.startWorker(async () => succeeded);

  const runId = await waitingRun(engine, signedOff({ timeoutMs: dayMs }));
  const { wake_at } = await engine.db
    .selectFrom('run')
    .select('wake_at')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();

  expect(Number(wake_at) - real()).toBeGreaterThan(0.9 * dayMs);
});
