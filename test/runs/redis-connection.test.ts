import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Fault } from '../../src/domain/fault.ts';
import { Secret } from '../../src/domain/secret.ts';
import { connectRedis } from '../../src/runs/redis-connection.ts';
import { startRedis } from '../support/redis.ts';

test('a refused password is not written into the log', async () => {
  await using redis = await startRedis();
  const lines: string[] = [];
  const logger = pino({}, { write: (line) => lines.push(line) });
  const url = new Secret(redis.url.replace('//', '//nobody:hunter-two@'));

  const refused = await connectRedis(url, logger).catch((error: unknown) => error);

  expect(refused).toBeInstanceOf(Fault);
  expect(lines.join('')).toContain('Redis connection failed');
  expect(lines.join('')).not.toContain('hunter-two');
});

test('a Redis that may throw jobs away is refused, with what to set in it', async () => {
  await using redis = await startRedis({ maxmemoryPolicy: 'allkeys-lru' });

  const refused = connectRedis(new Secret(redis.url), pino({ level: 'silent' }));

  await expect(refused).rejects.toMatchObject({
    code: 'queue-unreachable',
    message: expect.stringContaining('allkeys-lru'),
    hint: expect.stringContaining('maxmemory-policy noeviction'),
    isRetryable: false,
  });
});
