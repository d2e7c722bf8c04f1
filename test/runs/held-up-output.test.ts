import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { readLog } from '../../src/logs/log-reader.ts';
import { openLogWriter } from '../../src/logs/log-writer.ts';
import { SecretMatcher } from '../../src/logs/secret-matcher.ts';
import { dayOf, ensureLogPartition } from '../../src/store/log-partitions.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

it('output that is faster than the database is held up, not left out, and its step is not silent meanwhile', async () => {
  await using engine = await startEngine();
  await ensureLogPartition(engine.db, dayOf(new Date()));
  const matcher = new SecretMatcher([]);
  const runId = await engine.createRun(pipelineOf({ id: 'fast', idleTimeoutMs: 3_000 }));
  const free = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const locking = engine.db.transaction().execute(async (other) => {
    await sql`lock table log_chunk`.execute(other);
    locked.resolve();
    await free.promise;
  });
  await locked.promise;
  let written = 0;
  const worker = engine.startWorker(
    async (_step, { log }) => {
      for (written = 0; written < 20; written += 1) {
        log.write(`${'x'.repeat(2 ** 20 - 1)}\n`);
        await log.drained?.();
      }
      return succeeded;
    },
    { openLog: (run, lease) => openLogWriter({ db: engine.db, lease, matcher, createdAt: run.created_at }) },
  );

  worker.offer(runId);
  const heldUpSince = await waitFor(() => written > 0 && performance.now(), {
    what: 'the step to be held up',
  });
  await waitFor(() => performance.now() - heldUpSince > 5_000, { what: 'more than the idle time to pass' });
  const whileHeldUp = written;
  free.resolve();
  await locking;
  const { outcome } = await engine.ended(runId, 60_000);

  const chunks = await Array.fromAsync(readLog(engine.db, { runId }));
  const units = chunks.reduce((sum, { text }) => sum + text.length, 0);
  expect(whileHeldUp).toBeLessThan(4);
  expect(outcome).toBe('succeeded');
  expect(units).toBe(20 * 2 ** 20);
});
