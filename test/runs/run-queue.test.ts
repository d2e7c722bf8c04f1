import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { openRunQueue } from '../../src/runs/run-queue.ts';
import { startRedis } from '../support/redis.ts';
import { waitFor } from '../support/wait-for.ts';

test('a queue whose Redis is away can be closed', async () => {
  await using redis = await startRedis();
  const logger = pino({ level: 'silent' });
  const queue = await openRunQueue({ databaseUrl: '', redisUrl: new Secret(redis.url), logger });
  const executed: string[] = [];
  const worker = queue.work(async ({ runId }) => {
    executed.push(runId);
  }, 1);
  await queue.add({ runId: 'one', delivery: 0 });
  await waitFor(() => executed.length > 0, { what: 'the job to be taken' });
  await redis.stop();

  await worker.close();
  await queue.close();

  expect(executed).toEqual(['one']);
});
