import { expect, test } from 'vitest';
import type { CatalogueEntry, PipelineCatalogue } from '../../src/config/pipeline-catalogue.ts';
import { nextTick } from '../../src/domain/schedule.ts';
import { pipelineListSchema } from '../../src/http/schemas/pipeline.ts';
import { pipelineOf } from '../runs/engine-under-test.ts';
import { type HttpFixture, startHttp, storeRun } from './start-http.ts';

test('the list of pipelines is always that of now: new, changed, corrected and removed runs, and changed files', async () => {
  const files = new Map(['cart', 'mail'].map((name) => [name, entryOf(name)]));
  await using http = await startHttp({ catalogue: catalogueOf(files) });
  const first = await storeRun(http.db, { pipeline: 'cart', number: 1 });
  await storeRun(http.db, { pipeline: 'mail', number: 1 });

  const steps: (readonly [string, () => unknown])[] = [
    ['as it is', () => {}],
    ['a second run', () => storeRun(http.db, { pipeline: 'cart', number: 2 })],
    [
      'the first run ends',
      () => change(http, first.id, { state: 'ended', outcome: 'failed', ended_at: new Date() }),
    ],
    ['its message is corrected', () => change(http, first.id, { message: 'Sell less' })],
    ['the second run goes', () => http.db.deleteFrom('run').where('number', '=', 2).execute()],
    ['the file has another path', () => files.set('cart', entryOf('cart', { path: 'shop' }))],
    ['a file goes', () => files.delete('mail')],
    ['a file comes', () => files.set('post', entryOf('post'))],
  ];
  const seen: Record<string, unknown> = {};
  for (const [what, act] of steps) {
    await act();
    seen[what] = await shown(http);
  }

  const mail = 'mail  #1 queued: Sell more [1 queued]';
  expect(seen).toEqual({
    'as it is': ['cart  #1 queued: Sell more [1 queued]', mail],
    'a second run': ['cart  #2 queued: Sell more [2 queued, 1 queued]', mail],
    'the first run ends': ['cart  #2 queued: Sell more [2 queued, 1 failed]', mail],
    'its message is corrected': ['cart  #2 queued: Sell more [2 queued, 1 failed]', mail],
    'the second run goes': ['cart  #1 failed: Sell less [1 failed]', mail],
    'the file has another path': ['cart shop #1 failed: Sell less [1 failed]', mail],
    'a file goes': ['cart shop #1 failed: Sell less [1 failed]'],
    'a file comes': ['cart shop #1 failed: Sell less [1 failed]', 'post  none []'],
  });
});

test('a list that is asked for again tells when a schedule is due next, though nothing else has changed', async () => {
  const schedule = { cron: '* * * * *', timezone: 'UTC', branch: null, missed: 'skip' } as const;
  const files = new Map([['nightly', entryOf('nightly', {}, schedule)]]);
  await using http = await startHttp({ catalogue: catalogueOf(files) });
  const next = async () => (await list(http)).items[0]?.schedule?.next;

  const before = nextTick(schedule, new Date())?.toISOString();
  const [first, second] = [await next(), await next()];
  const after = nextTick(schedule, new Date())?.toISOString();

  expect([before, after]).toContain(first);
  expect([before, after]).toContain(second);
});

async function list(http: HttpFixture) {
  const answer = await http.app.inject({ url: '/api/v1/pipelines', headers: await http.as('read') });
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  return pipelineListSchema.parse(answer.json());
}

async function shown(http: HttpFixture): Promise<string[]> {
  const { items } = await list(http);
  return items.map(({ name, path, latestRun, recentRuns }) => {
    const latest =
      latestRun === null
        ? 'none'
        : `#${latestRun.number} ${latestRun.outcome ?? latestRun.state}: ${latestRun.message}`;
    return `${name} ${path} ${latest} [${recentRuns.map(({ number, state, outcome }) => `${number} ${outcome ?? state}`).join(', ')}]`;
  });
}

async function change(http: HttpFixture, runId: string, values: object): Promise<void> {
  await http.db.updateTable('run').set(values).where('id', '=', runId).execute();
}

type Schedule = CatalogueEntry['pipeline']['on']['schedule'];

function entryOf(name: string, source: object = {}, schedule: Schedule = null): CatalogueEntry {
  const pipeline = pipelineOf({ id: 'image', kind: 'build' });
  return {
    name,
    file: `/pipelines/${name}.yaml`,
    source: `name: ${name}`,
    pipeline: {
      ...pipeline,
      source: { ...pipeline.source, ...source },
      on: { ...pipeline.on, schedule },
    },
  };
}

/** The files as they are at each call. */
function catalogueOf(files: Map<string, CatalogueEntry>): PipelineCatalogue {
  return {
    list: () => [...files.values()],
    get: (name) => files.get(name),
    problems: () => [],
    awaited: () => [],
    file: () => undefined,
  };
}
