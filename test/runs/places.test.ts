import { expect, it } from 'vitest';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import { deliverRun } from '../../src/runs/deliver-run.ts';
import { watchDisk } from '../../src/runs/disk-watch.ts';
import { keepUpWorker } from '../../src/runs/worker-upkeep.ts';
import { decodeRunNotice } from '../../src/store/channels.ts';
import { listWorkers } from '../../src/store/list-workers.ts';
import { announceWorker, askToDrain } from '../../src/store/workers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const apart: Pipeline = { ...pipelineOf('one'), concurrency: { group: '${revision}', queue: 'fifo' } };

it('a run goes to a worker that has its labels, though another one was to take it', async () => {
  await using engine = await startEngine();
  const takenBy: string[] = [];
  const plain = engine.startWorker(async () => succeeded, { labels: ['linux'] });
  await using _listening = await startLabelled(engine, takenBy);
  const runId = await engine.createRun({ ...apart, runsOn: ['gpu', 'linux'] });

  plain.offer(runId);
  await engine.ended(runId);

  expect(takenBy).toEqual([runId]);
});

it('a job that a worker cannot serve tells the others, which look by themselves', async () => {
  await using engine = await startEngine();
  const takenBy: string[] = [];
  engine.startWorker(async () => succeeded, { labels: ['linux'] });
  const runId = await engine.createRun({ ...apart, runsOn: ['gpu'] });
  await engine.deliver(runId);
  const other = await engine.createRun(apart, { revision: '8' });
  await engine.deliver(other);
  await engine.ended(other);
  const before = await engine.run(runId);

  await using listening = await startLabelled(engine, takenBy);
  listening.worker.noticeWanted();
  await engine.ended(runId);

  expect(before.state).toBe('queued');
  expect(takenBy).toEqual([runId]);
});

it('a worker that is held back takes no new runs, finishes its own, and takes some again after', async () => {
  await using engine = await startEngine();
  const took: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = engine.startWorker(async () => {
    took.push('one');
    if (took.length === 1) await first.promise;
    return succeeded;
  });
  const inHand = await begun(engine, '1');
  await engine.deliver(inHand);
  await waitFor(() => took.length === 1, { what: 'the first run to begin' });

  await one.holdBack(true);
  const refused = one.offer(inHand);
  const waiting = await begun(engine, '2');
  await engine.deliver(waiting);
  const two = engine.startWorker(async () => {
    took.push('two');
    return succeeded;
  });
  await engine.ended(waiting);
  first.resolve();
  await engine.ended(inHand);
  await two.holdBack(true);
  const later = await begun(engine, '3');
  await engine.deliver(later);
  await one.holdBack(false);
  await engine.ended(later);

  expect(refused).toBe(false);
  expect(took).toEqual(['one', 'two', 'one']);
});

it('a worker that was asked to drain, or whose disk is full, is held back and says so', async () => {
  await using engine = await startEngine();
  const { db } = engine;
  const facts = { id: 'w1-aaaa', host: 'node-1', pid: 1, version: '1', concurrency: 2, labels: ['linux'] };
  await announceWorker(db, facts);
  const asked = await askToDrain(db, 'w1', true);
  const unknown = await askToDrain(db, 'w2', true);

  const drained = await firstSign(engine, null);
  await announceWorker(db, facts);
  const full = await firstSign(engine, 'the disk is full');
  await announceWorker(db, facts);
  const free = await firstSign(engine, null);

  expect([asked, unknown]).toEqual([{ id: facts.id }, 'not-found']);
  expect(drained).toEqual({ isHeldBack: true, state: 'draining', why: null });
  expect(full).toEqual({ isHeldBack: true, state: 'ready', why: 'the disk is full' });
  expect(free).toEqual({ isHeldBack: false, state: 'ready', why: null });
});

it('a disk is full from above its high mark until it is down at the low one', async () => {
  let used = 95;
  const { obstacle, seen } = watchDisk('/data', { high: 95, low: 90 }, async () => used);
  const answers = [];

  for (used of [95, 96, 93, 91, 90, 94]) answers.push((await obstacle()) !== null);

  expect(answers).toEqual([false, true, true, true, false, false]);
  expect(seen()).toEqual({ isFull: false, percentUsed: 94 });
});

it('the disk of a folder is read as it is', async () => {
  await using folder = await temporaryFolder();

  const never = await watchDisk(folder.path, { high: 100, low: 100 }).obstacle();
  const always = await watchDisk(folder.path, { high: 0, low: 0 }).obstacle();

  expect(never).toBeNull();
  expect(always).toMatch(/^the disk of .* is \d+% full: no new runs until it is at 0%/);
});

type Engine = Awaited<ReturnType<typeof startEngine>>;

async function startLabelled(engine: Engine, takenBy: string[]) {
  const worker = engine.startWorker(
    async (_step, { run }) => {
      takenBy.push(run.id);
      return succeeded;
    },
    { labels: ['gpu', 'linux', 'x64'] },
  );
  const stop = await engine.store.listen('trunkline_run', (payload) => {
    if (payload !== null && decodeRunNotice(payload)?.what === 'wanted') worker.noticeWanted();
  });
  return { worker, [Symbol.asyncDispose]: stop };
}

function begun(engine: Engine, revision: string): Promise<string> {
  return engine.createRun(apart, { revision });
}

/** What a worker with this obstacle does and says, at its first sign of life. */
async function firstSign({ db }: Engine, why: string | null) {
  let isHeldBack = false;
  const worker = {
    isDraining: () => false,
    holdBack: async (isWished: boolean) => {
      isHeldBack = isWished;
    },
  };
  const logger = { warn: () => undefined };
  await using _upkeep = await keepUpWorker({
    db,
    workerId: 'w1-aaaa',
    worker,
    obstacle: async () => why,
    logger,
  });
  const [row] = await listWorkers(db);
  return { isHeldBack, state: row?.state, why: row?.stopped_taking };
}

it('the next run is begun when one ends, without its job; that is used up when it comes, and a later one of the same run is not', async () => {
  await using engine = await startEngine();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const worker = engine.startWorker(
    async (_step, { run }) => {
      order.push(run.revision);
      if (run.revision === '1') await first.promise;
      return succeeded;
    },
    {},
    1,
  );
  const ids = [];
  for (const revision of ['1', '2', '3']) ids.push(await engine.createRun(apart, { revision }));
  const [one = '', two = '', three = ''] = ids;
  await engine.deliver(one);
  await waitFor(() => order.length === 1, { what: 'the first run to begin' });

  first.resolve();
  for (const id of ids) await engine.ended(id);
  const late = await engine.createRun(apart, { revision: '4' });
  await engine.deliver(two);
  await waitFor(async () => (await engine.queue.depth()) === 0, { what: 'the job to be used up' });
  await engine.deliver(three);
  await deliverRun(engine.queue, three, 1);
  await engine.ended(late);

  expect(order).toEqual(['1', '2', '3', '4']);
  expect(worker.activeRuns()).toEqual([]);
});
