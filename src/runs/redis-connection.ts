import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { Fault } from '../domain/fault.ts';
import type { Secret } from '../domain/secret.ts';

/** Two clients, because a producer fails fast while a worker waits for a Redis that is away. */
export interface RedisConnection {
  producer: Redis;
  worker: Redis;
  disconnect(): void;
}

const minimumVersion = [6, 2] as const;
const connectDeadlineMs = 10_000;
const longestPauseMs = 2_000;

/**
 * Connects and refuses a Redis that would lose jobs.
 * @throws Fault `queue-unreachable` with the reason and what to change
 */
export async function connectRedis(url: Secret, logger: Logger): Promise<RedisConnection> {
  const producer = new Redis(url.reveal(), {
    lazyConnect: true,
    enableOfflineQueue: false,
    connectTimeout: connectDeadlineMs,
    maxRetriesPerRequest: 1,
  });
  const report = (error: Error) => logger.warn({ err: withoutCommand(error) }, 'Redis connection failed');
  producer.on('error', report);
  try {
    await producer.connect();
    const refusal = reasonToRefuse(await producer.info());
    if (refusal !== null)
      throw new Fault('queue-unreachable', refusal.message, { ...refusal, isRetryable: false });
  } catch (cause) {
    producer.disconnect();
    if (cause instanceof Fault) throw cause;
    throw new Fault('queue-unreachable', 'could not connect to the Redis of REDIS_URL', {
      cause,
      hint: 'Check that it runs and that the address and password are right, or unset REDIS_URL.',
    });
  }
  let isClosing = false;
  // BullMQ makes a further client of the same options; only this ends it while Redis is away.
  const retryStrategy = (times: number) => (isClosing ? null : Math.min(times * 50, longestPauseMs));
  const worker = new Redis(url.reveal(), { maxRetriesPerRequest: null, retryStrategy });
  worker.on('error', report);
  return {
    producer,
    worker,
    disconnect() {
      isClosing = true;
      producer.disconnect();
      worker.disconnect();
    },
  };
}

/** ioredis hangs the command that was refused on its errors: that of a log-in holds the password. */
export function withoutCommand(error: Error): Error {
  if ('command' in error) delete error.command;
  return error;
}

/** Reads the answer of INFO: what is wrong with this Redis for a queue, or null. */
function reasonToRefuse(info: string): { message: string; hint: string } | null {
  const fields = new Map(
    info.split(/\r?\n/).map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    }),
  );
  const version = fields.get('redis_version') ?? 'unknown';
  if (!isNewEnough(version)) {
    return {
      message: `refused the Redis of REDIS_URL: its version is ${version}, at least ${minimumVersion.join('.')} is needed`,
      hint: 'Upgrade it, or unset REDIS_URL to keep the queue in PostgreSQL.',
    };
  }
  const policy = fields.get('maxmemory_policy') ?? 'unknown';
  if (policy !== 'noeviction') {
    return {
      message: `refused the Redis of REDIS_URL: its maxmemory-policy is ${policy}, so it may throw jobs away`,
      hint: 'Set "maxmemory-policy noeviction" in its configuration, or name a Redis of its own for Trunkline.',
    };
  }
  return null;
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > minimumVersion[0] || (major === minimumVersion[0] && minor >= minimumVersion[1]);
}
