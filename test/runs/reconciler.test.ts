import { createPostgresBackend, withBackend } from 'bullmq';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import { reconcileOnce } from '../../src/runs/reconciler.ts';
import { acquireLease } from '../../src/store/leases.ts';
import { startRedis } from '../support/redis.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

type EngineUnderTest = Awaited<ReturnType<typeof startEngine>>;

describe.concurrent('the reconciler', () => {
  it('delivers what was left behind, and keeps the rules of other queues, where those of one cannot be kept', async () => {
    await using engine = await startEngine();
    const warnings: string[] = [];
    const logger = { warn: (_: unknown, text?: string) => void warnings.push(text ?? '') };
    const [broken, overdue] = [
      await queued(engine, { group: 'a', queue: 'fifo', queueTimeoutMs: 1 }),
      await queued(engine, { group: 'b', queue: 'fifo', queueTimeoutMs: 1 }),
    ];
    await sql`update run set definition = jsonb_set(definition::jsonb, '{concurrency,maxQueue}', '"many"')
      where id = ${broken}`.execute(engine.db);
    const lost = await queued(engine, { group: 'c', queue: 'fifo' });
    await longAgo(engine, lost);

    const delivered = await reconcileOnce({ ...engine, logger });

    expect(delivered).toEqual([lost]);
    expect(await engine.run(overdue)).toMatchObject({ state: 'ended', outcome: 'timed-out' });
    expect(await engine.run(broken)).toMatchObject({ state: 'queued' });
    expect(warnings).toEqual(['could not end runs that wait for too long']);
  });

  it('does not grow more patient with a run by deliveries that the queue did not take', async () => {
    await using redis = await startRedis();
    await using engine = await startEngine({ redisUrl: redis.url });
    const runId = await queued(engine, { group: 'a', queue: 'fifo' });
    await longAgo(engine, runId);

    await redis.stop();
    const whileGone = await reconcileOnce(engine);
    const { deliveries } = await engine.run(runId);
    await redis.start();
    await longAgo(engine, runId);
    await waitFor(async () => (await reconcileOnce(engine)).length === 1, { what: 'the delivery' });
    engine.startWorker(async () => succeeded);

    expect(whileGone).toEqual([]);
    expect(deliveries).toBe(0);
    expect((await engine.ended(runId)).outcome).toBe('succeeded');
  });

  it('has a run begun that the queue brings to nobody, such as one that somebody has paused', async () => {
    await using engine = await startEngine();
    const worker = engine.startWorker(async () => succeeded);
    const connection = { connectionString: engine.url, schema: 'bullmq', max: 1 };
    const queue = new (withBackend(createPostgresBackend).Queue)('trunkline-runs', { connection });
    queue.on('error', () => undefined);
    await queue.pause();
    const runId = await engine.createRun(pipelineOf('a'));
    await engine.deliver(runId);
    const long = sql<Date>`clock_timestamp() - interval '1 hour'`;
    await engine.db.updateTable('run').set({ delivered_at: long }).where('id', '=', runId).execute();
    const isBrought = (await engine.run(runId)).state !== 'queued';

    await reconcileOnce({ ...engine, noticeWanted: () => worker.noticeWanted() });
    const run = await engine.ended(runId);
    await queue.close();

    expect(isBrought).toBe(false);
    expect(run.outcome).toBe('succeeded');
  });

  it('leaves runs to their workers where the clock of the database was just put forward', async () => {
    await using engine = await startEngine();
    const runId = await queued(engine, { group: 'a', queue: 'fifo' });
    await longAgo(engine, runId);

    const jumped = await reconcileOnce(engine, async () => 3_600_000);
    const next = await reconcileOnce(engine, async () => 3);

    expect(jumped).toEqual([]);
    expect(next).toEqual([runId]);
  });

  it('brings back what the clock of the database had put into the future before it was put back', async () => {
    await using engine = await startEngine();
    const [held, lost] = [
      await queued(engine, { group: 'a', queue: 'fifo' }),
      await queued(engine, { group: 'b', queue: 'fifo' }),
    ];
    await acquireLease(engine.db, { runId: held, owner: 'dead/1', ttlMs: 8 * 3_600_000 });
    const later = sql`clock_timestamp() + interval '8 hours'`;
    await sql`update run set delivered_at = ${later}`.execute(engine.db);
    await sql`insert into watcher (repository, url, polled_at, next_poll_at, claimed_by, claimed_until)
      values ('shop', 'svn://test', ${later}, ${later}, 'dead', ${later})`.execute(engine.db);
    await sql`insert into schedule values ('cart', '0 3 * * * UTC', ${later})`.execute(engine.db);

    await reconcileOnce(engine, async () => -8 * 3_600_000);

    const { rows } = await sql<{ left: number; ago: number }>`
      select extract(epoch from expires_at - clock_timestamp())::float8 as left,
        extract(epoch from clock_timestamp() - delivered_at)::float8 as ago
      from run left join lease on run_id = id where id in (${held}, ${lost}) order by number`.execute(
      engine.db,
    );
    expect(rows[0]?.left).toBeGreaterThan(0);
    expect(rows[0]?.left).toBeLessThanOrEqual(20);
    expect(rows.every(({ ago }) => ago >= 0 && ago < 60)).toBe(true);
    const due = await sql`
      select from watcher, schedule where next_poll_at <= clock_timestamp() and polled_at <= clock_timestamp()
        and claimed_until is null and handled_until <= clock_timestamp()`.execute(engine.db);
    expect(due.rows).toHaveLength(1);
  });
});

function queued(engine: EngineUnderTest, concurrency: Pipeline['concurrency']): Promise<string> {
  return engine.createRun({ ...pipelineOf('one'), name: `cart-${concurrency.group}`, concurrency });
}

/** Its delivery was so long ago that it counts as lost. */
async function longAgo({ db }: EngineUnderTest, runId: string): Promise<void> {
  await db
    .updateTable('run')
    .set({ delivered_at: new Date(0) })
    .where('id', '=', runId)
    .execute();
}
