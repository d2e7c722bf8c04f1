import { setTimeout as delay } from 'node:timers/promises';
import { createPostgresBackend, type Job, Queue, Worker, withBackend } from 'bullmq';
import type { Logger } from 'pino';
import { Fault } from '../domain/fault.ts';
import type { Secret } from '../domain/secret.ts';
import { connectWith } from '../store/connection.ts';
import { connectRedis, withoutCommand } from './redis-connection.ts';

/** One delivery of a run. The payload is ids only: whoever can read the queue learns nothing from it. */
export interface Delivery {
  runId: string;
  /** 0 at first; counts up with every further delivery, as part of the job's id. */
  delivery: number;
}

/** BullMQ on PostgreSQL or Redis. It delivers, at least once and in no promised order; the database decides. */
export interface RunQueue {
  /** @throws Fault `queue-unreachable`; callers may ignore it, the reconciler delivers later */
  add(delivery: Delivery): Promise<void>;
  /** Starts taking jobs, `concurrency` at once. */
  work(execute: (delivery: Delivery) => Promise<void>, concurrency: number): QueueWorker;
  /** Jobs that wait. @throws Fault `queue-unreachable` */
  depth(): Promise<number>;
  close(): Promise<void>;
}

export interface QueueWorker {
  /** Takes no more jobs until `resume`; a job that was on its way may still come. */
  pause(): Promise<void>;
  resume(): void;
  /** Takes no more jobs; resolves when those taken have settled. */
  close(): Promise<void>;
}

export interface RunQueueOptions {
  databaseUrl: string;
  /** null: the queue lives in the database. */
  redisUrl: Secret | null;
  logger: Logger;
}

const queueName = 'trunkline-runs';
/** How long a producer waits for the queue before it leaves the delivery to the reconciler. */
const addDeadlineMs = 5_000;
/** How long a worker without jobs in hand waits for the queue to take note of its end. */
const closeDeadlineMs = 3_000;
/** A job whose worker died is dropped by the queue; the reconciler delivers its run again, by the run's lease. */
const workerTimes = { lockDuration: 60_000, stalledInterval: 30_000, maxStalledCount: 0 };
const keepNothing = { removeOnComplete: true, removeOnFail: true };

/** @throws Fault `queue-unreachable` when Redis is away, too old, or would evict jobs */
export async function openRunQueue(options: RunQueueOptions): Promise<RunQueue> {
  const { queue, makeWorker, disconnect } =
    options.redisUrl === null
      ? postgresParts(options.databaseUrl)
      : await redisParts(options.redisUrl, options.logger);
  queue.on('error', (error: Error) =>
    options.logger.warn({ err: withoutCommand(error) }, 'the queue cannot be reached'),
  );
  await queue.waitUntilReady();
  return {
    async add({ runId, delivery }) {
      const job = queue.add('run', { runId }, { jobId: `${runId}-${delivery}`, ...keepNothing });
      await withDeadline(job, `put run ${runId} into the queue`);
    },
    work(execute, concurrency) {
      const taken = new Set<Promise<void>>();
      const worker = makeWorker(async (job) => {
        const work = execute(deliveryOf(job));
        taken.add(work);
        await work.finally(() => taken.delete(work));
      }, concurrency);
      worker.on('error', (error: Error) =>
        options.logger.warn({ err: withoutCommand(error) }, 'the queue worker met an error'),
      );
      return {
        pause: () => worker.pause(true),
        resume: () => worker.resume(),
        async close() {
          const closed = worker.close();
          await Promise.allSettled(taken);
          // With a Redis that is away it would not end; the lease says who has a run, not the job.
          await Promise.race([closed, delay(closeDeadlineMs, undefined, { ref: false })]);
        },
      };
    },
    depth: () => withDeadline(queue.getWaitingCount(), 'count the jobs in the queue'),
    async close() {
      await queue.close();
      disconnect();
    },
  };
}

function deliveryOf({ id = '', data: { runId } }: Job<{ runId: string }>): Delivery {
  return { runId, delivery: Number(id.slice(runId.length + 1)) };
}

type Process = (job: Job<{ runId: string }>) => Promise<void>;

interface QueueParts {
  queue: Pick<Queue, 'add' | 'getWaitingCount' | 'close' | 'waitUntilReady'> & ErrorEmitter;
  makeWorker(
    process: Process,
    concurrency: number,
  ): Pick<Worker, 'close' | 'pause' | 'resume'> & ErrorEmitter;
  disconnect(): void;
}

interface ErrorEmitter {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

function postgresParts(databaseUrl: string): QueueParts {
  const classes = withBackend(createPostgresBackend);
  const connection = { ...connectWith({}, databaseUrl), schema: 'bullmq', max: 2 };
  return {
    queue: new classes.Queue(queueName, { connection: { ...connection, migrate: true } }),
    makeWorker: (process, concurrency) =>
      new classes.Worker(queueName, process, {
        connection,
        concurrency,
        ...workerTimes,
        ...keepNothingCounts,
      }),
    disconnect: () => undefined,
  };
}

async function redisParts(url: Secret, logger: Logger): Promise<QueueParts> {
  const connection = await connectRedis(url, logger);
  return {
    queue: new Queue(queueName, { connection: connection.producer }),
    makeWorker: (process, concurrency) =>
      new Worker(queueName, process, {
        connection: connection.worker,
        concurrency,
        ...workerTimes,
        ...keepNothingCounts,
      }),
    disconnect: () => connection.disconnect(),
  };
}

const keepNothingCounts = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };

async function withDeadline<T>(work: Promise<T>, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${addDeadlineMs / 1000} s`)),
    addDeadlineMs,
  );
  try {
    return await Promise.race([work, promise]);
  } catch (cause) {
    throw new Fault(
      'queue-unreachable',
      `could not ${what}: ${cause instanceof Error ? cause.message : cause}`,
      {
        cause,
        hint: 'Runs are safe in the database; they are delivered when the queue is back.',
      },
    );
  } finally {
    clearTimeout(timer);
  }
}
