import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { openRunQueue } from '../../src/runs/run-queue.ts';
import { startDatabase } from '../support/postgres.ts';
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

test('a queue in a database whose URL has settings of its own delivers', async () => {
  await using postgres = await startDatabase();
  const databaseUrl = `${postgres.url}${postgres.url.includes('?') ? '&' : '?'}options=-c%20work_mem%3D7MB`;
  const queue = await openRunQueue({ databaseUrl, redisUrl: null, logger: pino({ level: 'silent' }) });
  await using _queue = { [Symbol.asyncDispose]: () => queue.close() };
  const executed: string[] = [];
  const worker = queue.work(async ({ runId }) => {
    executed.push(runId);
  }, 1);
  await using _worker = { [Symbol.asyncDispose]: () => worker.close() };

  await queue.add({ runId: 'one', delivery: 0 });
  await waitFor(() => executed.length > 0, { what: 'the job to be taken' });

  expect(executed).toEqual(['one']);
});
