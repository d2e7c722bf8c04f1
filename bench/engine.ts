import { createPostgresBackend, withBackend } from 'bullmq';
import { openLogWriter } from '../src/logs/log-writer.ts';
import { SecretMatcher } from '../src/logs/secret-matcher.ts';
import { startRunWorker } from '../src/runs/run-worker.ts';
import type { Db } from '../src/store/database.ts';
import { dayOf, ensureLogPartition } from '../src/store/log-partitions.ts';
import { pipelineOf, startEngine, succeeded } from '../test/runs/engine-under-test.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { type BenchReport, figureOf, machine } from './figures.ts';

/** In one sample. */
const runs = 200;
const warmUp = 1;
const slotCounts = [1, 2, 4];

type EngineUnderTest = Awaited<ReturnType<typeof startEngine>>;
type Pair = { ours: number; floor: number };

/** Runs of one step that does nothing, through lease, plan, log and history, against bare jobs of the same queue. */
export async function benchEngine(n = 5): Promise<BenchReport> {
  await using engine = await startEngine();
  await ensureLogPartition(engine.db, dayOf(new Date()));
  const figures = [];
  for (const slots of slotCounts) {
    const pairs: Pair[] = [];
    for (let round = -warmUp; round < n; round += 1) {
      const pair = {
        ours: await runsPerSecond(engine, slots),
        floor: await jobsPerSecond(engine.url, slots),
      };
      if (round >= 0) pairs.push(pair);
    }
    const goals = [
      { of: 'ratio.median', atLeast: 0.3 },
      { of: 'ours.median', atLeast: 50 },
    ];
    figures.push(
      ...figureOf({ figure: `runs with ${slots} at once, queue in PostgreSQL`, unit: '1/s', goals }, pairs),
    );
  }
  return { name: 'engine', machine: machine(), n, figures };
}

/** From the start of a worker, when the runs wait in the queue, until the last one has ended and no job is left of them. */
async function runsPerSecond(under: EngineUnderTest, slots: number): Promise<number> {
  const pipeline = pipelineOf('nothing');
  const ids: string[] = [];
  for (let index = 0; index < runs; index += 1) {
    const runId = await under.createRun(pipeline, { branch: `branches/${index}` });
    await under.deliver(runId);
    ids.push(runId);
  }
  const matcher = new SecretMatcher([]);
  let begun = 0;
  const { promise: allBegun, resolve } = Promise.withResolvers<void>();
  const engine = under.engine(
    async (_step, context) => {
      context.log.line('nothing to do');
      begun += 1;
      if (begun === runs) resolve();
      return succeeded;
    },
    { openLog: (run, lease) => openLogWriter({ db: under.db, lease, matcher, createdAt: run.created_at }) },
  );
  const began = performance.now();
  const worker = startRunWorker(engine, slots);
  // The floor is not asked all the time how far it is either.
  await allBegun;
  await waitFor(async () => (await openRuns(under.db)) === 0, {
    what: `${runs} runs to end`,
    deadlineMs: 120_000,
    everyMs: 5,
  });
  await waitFor(async () => (await under.queue.depth()) === 0, { what: 'the queue to be empty', everyMs: 5 });
  const seconds = (performance.now() - began) / 1000;
  await worker.drain();
  return ids.length / seconds;
}

async function openRuns(db: Db): Promise<number> {
  const { open } = await db
    .selectFrom('run')
    .select((the) => the.fn.countAll<number>().as('open'))
    .where('state', '<>', 'ended')
    .executeTakeFirstOrThrow();
  return Number(open);
}

async function jobsPerSecond(databaseUrl: string, slots: number): Promise<number> {
  const classes = withBackend(createPostgresBackend);
  const connection = { connectionString: databaseUrl, schema: 'bullmq', max: 2 };
  const keepNothing = { removeOnComplete: true, removeOnFail: true };
  const queue = new classes.Queue('bench-jobs', { connection });
  for (let index = 0; index < runs; index += 1) await queue.add('job', { index }, keepNothing);
  let done = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const began = performance.now();
  const worker = new classes.Worker(
    'bench-jobs',
    async () => {
      done += 1;
      if (done === runs) resolve();
    },
    { connection, concurrency: slots, removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } },
  );
  await promise;
  const seconds = (performance.now() - began) / 1000;
  await worker.close();
  await queue.close();
  return runs / seconds;
}
