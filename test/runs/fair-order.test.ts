import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import { chooseRun } from '../../src/store/fair-order.ts';
import { startRedis } from '../support/redis.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf, startEngine, succeeded } from './engine-under-test.ts';

const apart: Pipeline = { ...pipelineOf('one'), concurrency: { group: '${revision}', queue: 'fifo' } };

it.each(['PostgreSQL', 'Redis'])(
  'a hundred waiting runs hold up one of another repository by one place at most, on %s',
  async (queue) => {
    await using redis = queue === 'Redis' ? await startRedis() : undefined;
    await using engine = await startEngine(redis === undefined ? {} : { redisUrl: redis.url });
    const first = Promise.withResolvers<void>();
    const order: string[] = [];
    const work = async (repository: string) => {
      order.push(repository);
      if (order.length <= 2) await first.promise;
      return succeeded;
    };
    for (let worker = 0; worker < 2; worker += 1)
      engine.startWorker((_step, { run }) => work(run.repository), {}, 1);
    const many = [];
    for (let revision = 1; revision <= 100; revision += 1) {
      many.push(await engine.createRun(apart, { repository: 'many', revision: `${revision}` }));
    }
    for (const runId of many) await engine.deliver(runId);
    await waitFor(() => order.length === 2, { what: 'the first run of each worker to begin' });
    const few = await engine.createRun({ ...apart, name: 'few' }, { repository: 'few', revision: '1' });
    await engine.deliver(few);

    first.resolve();
    await engine.ended(few);
    for (const runId of many) await engine.ended(runId, 60_000);

    expect(order.slice(0, 4)).toContain('few');
    expect(order.indexOf('few')).toBeLessThanOrEqual(3);
    expect(order).toHaveLength(101);
  },
  60_000,
);

it('the pipelines of one repository take turns as well', async () => {
  await using engine = await startEngine();
  for (const revision of ['1', '2', '3']) await engine.createRun(apart, { revision });
  const other = await engine.createRun({ ...apart, name: 'other' }, { revision: '1' });

  const [first, second] = await firstOf(engine, 2);

  expect([first, second]).toContain(other);
});

it('a run of higher priority comes first, until one of lower priority has waited as long as it takes', async () => {
  await using engine = await startEngine();
  const low = await engine.createRun({ ...apart, name: 'low', priority: 'low' }, { revision: '1' });
  const normal = await engine.createRun({ ...apart, name: 'normal' }, { revision: '1' });
  const high = await engine.createRun({ ...apart, name: 'high', priority: 'high' }, { revision: '1' });

  const fresh = await firstOf(engine, 3);
  await waitedFor(engine, low, 6);
  const afterSix = await firstOf(engine, 3);
  await waitedFor(engine, low, 11);
  const afterEleven = await firstOf(engine, 3);

  expect(fresh).toEqual([high, normal, low]);
  expect(afterSix).toEqual([high, low, normal]);
  expect(afterEleven).toEqual([low, high, normal]);
});

it('what a group has no room for is left out, and so is what asks for other labels', async () => {
  await using engine = await startEngine();
  const working = await engine.createRun(apart, { revision: '1' });
  await engine.admit(working);
  const held = await engine.createRun(apart, { revision: '1' });
  const labelled = await engine.createRun({ ...apart, runsOn: ['gpu'] }, { revision: '2' });

  const nothing = await firstOf(engine, 1);
  const withLabel = await firstOf(engine, 1, ['gpu', 'linux']);
  const itsOwnJob = await choose(engine, { jobOf: held });

  expect(nothing).toEqual([undefined]);
  expect(withLabel).toEqual([labelled]);
  expect(itsOwnJob).toBe(held);
});

it('many runs of a group whose first nobody here can take do not use up a turn', async () => {
  await using engine = await startEngine();
  const line: Pipeline = { ...apart, name: 'line', concurrency: { group: 'all', queue: 'fifo' } };
  await engine.createRun({ ...line, runsOn: ['gpu'] }, { revision: '1' });
  const held = [];
  for (let revision = 2; revision <= 26; revision += 1)
    held.push(await engine.createRun(line, { revision: `${revision}` }));
  const other = await engine.createRun({ ...apart, name: 'other', priority: 'low' }, { revision: '1' });
  engine.startWorker(async () => succeeded);

  await engine.deliver(held[0] ?? '');

  expect(await engine.ended(other)).toMatchObject({ outcome: 'succeeded' });
  expect((await engine.run(held[0] ?? '')).state).toBe('queued');
});

it('where all that waits for somebody is of one pipeline, the choice is that of the general rule', async () => {
  await using engine = await startEngine();
  const anyRun = fc.record({
    group: fc.constantFrom('a', 'b', '${revision}'),
    limit: fc.integer({ min: 1, max: 3 }),
    runsOn: fc.constantFrom<string[]>([], [], ['gpu']),
    state: fc.constantFrom('queued', 'queued', 'queued', 'running', 'chosen', 'passed'),
    isElsewhere: fc.boolean(),
  });
  const choices: (string | null)[] = [];

  await fc.assert(
    fc.asyncProperty(fc.array(anyRun, { minLength: 1, maxLength: 12 }), async (runs) => {
      await engine.db.deleteFrom('run').execute();
      const ids: Record<string, string[]> = { queued: [], running: [], chosen: [], passed: [] };
      for (const [index, { group, limit, runsOn, state, isElsewhere }] of runs.entries()) {
        const concurrency = { group, queue: 'fifo', limit } as const;
        const isSpokenFor = state === 'chosen' || state === 'passed';
        const name = isSpokenFor && isElsewhere ? 'a-first-one' : apart.name;
        const id = await engine.createRun({ ...apart, name, runsOn, concurrency }, { revision: `${index}` });
        ids[state]?.push(id);
      }
      const running = ids.running ?? [];
      if (running.length > 0)
        await engine.db.updateTable('run').set({ state: 'running' }).where('id', 'in', running).execute();

      const turn = sql`null, '{linux}', ${ids.chosen}, ${ids.passed}, '{}', 300000, 2`;
      const { rows } = await sql<{ here: string | null; generally: string | null }>`
        select choose_run(${turn}) as here, choose_of_many(${turn}) as generally`.execute(engine.db);

      expect(rows[0]?.here).toBe(rows[0]?.generally);
      choices.push(rows[0]?.here ?? null);
    }),
    { numRuns: 30, seed: 49 },
  );
  expect(new Set(choices).size).toBeGreaterThan(15);
});

type Engine = Awaited<ReturnType<typeof startEngine>>;

function choose({ db }: Engine, turn: Partial<Parameters<typeof chooseRun>[1]>) {
  return chooseRun(db, { jobOf: null, labels: [], chosen: [], passed: [], waiting: [], ...turn });
}

/** In the order in which one worker with room for all would begin them. */
async function firstOf(engine: Engine, count: number, labels: string[] = []) {
  const chosen: string[] = [];
  const order = [];
  for (let index = 0; index < count; index += 1) {
    const next = await choose(engine, { labels, chosen });
    if (next !== undefined) chosen.push(next);
    order.push(next);
  }
  return order;
}

async function waitedFor({ db }: Engine, runId: string, minutes: number) {
  const created = new Date(Date.now() - minutes * 60_000);
  await db.updateTable('run').set({ created_at: created }).where('id', '=', runId).execute();
}
