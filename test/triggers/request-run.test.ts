import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createRun } from '../../src/runs/create-run.ts';
import { type RunReceipt, type RunWish, requestRun } from '../../src/triggers/request-run.ts';
import { startDatabase } from '../support/postgres.ts';
import { runCommand } from '../support/run-command.ts';
import { startSubversion } from '../support/subversion.ts';
import { pipelineOf, prepareTriggers } from './triggers-under-test.ts';

/** A shop with trunk/app since r1, branches/one since r2 (without app), and r3 that changes trunk. */
async function shopWithApi({ layout = ['standard'], path = 'app' } = {}) {
  const stack = new AsyncDisposableStack();
  const [postgres, subversion] = await Promise.all([startDatabase(), startSubversion()]);
  stack.use(postgres);
  stack.use(subversion);
  await subversion.commit({ files: { 'trunk/app/a.txt': '1' } });
  await subversion.commit({ files: { 'branches/one/other/a.txt': '1' } });
  await subversion.commit({ files: { 'trunk/app/a.txt': '2' }, author: 'bob', message: 'second' });
  const plain = pipelineOf('app', { path });
  const color = { name: 'color', type: 'choice', options: ['red', 'blue'], default: 'blue' } as const;
  const parameters = [{ ...color, options: [...color.options], pattern: null, description: null }];
  const entry = { ...plain, pipeline: { ...plain.pipeline, parameters } };
  const options = { databaseUrl: postgres.url, subversion, pipelines: [entry], layout };
  const triggers = stack.use(await prepareTriggers(options));
  const { db } = triggers.store;
  const dependencies = {
    db,
    findPipeline: (name: string) => (name === 'app' ? entry : undefined),
    layoutOf: () => layout,
    sourceControlOf: () => triggers.scm,
    createRun,
    deliverRun: async (runId: string) => void triggers.delivered.push(runId),
    logger: pino({ level: 'silent' }),
  };
  return {
    db,
    subversion,
    delivered: triggers.delivered,
    request: (wish: Partial<RunWish> = {}) =>
      requestRun(dependencies, { ...anyWish, ...wish }, AbortSignal.timeout(30_000)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const anyWish: RunWish = {
  pipeline: 'app',
  branch: null,
  revision: null,
  parameters: {},
  idempotencyKey: null,
  by: 'carol',
};

test('a request without branch and revision runs trunk at the newest revision, and is on record', async () => {
  await using shop = await shopWithApi();

  const receipt = await shop.request({ parameters: { color: 'red' } });

  const run = await shop.db.selectFrom('run').selectAll().executeTakeFirstOrThrow();
  const event = await shop.db.selectFrom('event').selectAll().executeTakeFirstOrThrow();
  expect(receipt).toEqual({ kind: 'created', runId: run.id });
  expect(shop.delivered).toEqual([run.id]);
  expect(run).toMatchObject({
    branch: 'trunk',
    revision: '3',
    move: 3,
    author: 'bob',
    message: 'second',
    trigger: 'api',
    requested_by: 'carol',
    parameters: { color: 'red' },
    event_id: event.id,
  });
  expect(event).toMatchObject({ source: 'api', state: 'handled', repository: 'shop' });
});

test('an older revision is run as it was', async () => {
  await using shop = await shopWithApi();

  await shop.request({ revision: 'r1' });

  const run = await shop.db.selectFrom('run').selectAll().executeTakeFirst();
  expect(run).toMatchObject({ revision: '1', move: 1, author: 'alice' });
});

test('a request that cannot be met is refused with the reason, and stays on record as failed', async () => {
  await using shop = await shopWithApi();
  const impossible: [Partial<RunWish>, string][] = [
    [{ branch: 'branches/gone' }, 'branches/gone/app does not exist at r3'],
    [{ branch: 'branches/one' }, 'branches/one/app does not exist at r3'],
    [{ branch: 'trunk/app' }, '"trunk/app" is no branch'],
    [{ branch: '../trunk' }, '"../trunk" is no branch'],
    [{ revision: '99' }, 'r99 does not exist'],
    [{ revision: '{2026-01-01}' }, '"{2026-01-01}" is no revision'],
  ];

  const receipts: RunReceipt[] = [];
  for (const [wish] of impossible) receipts.push(await shop.request(wish));

  const problems = impossible.map(([, problem]) => expect.stringContaining(problem));
  expect(receipts).toEqual(
    problems.map((problem) => ({ kind: 'refused', problem, hint: expect.any(String) })),
  );
  expect(await shop.db.selectFrom('run').select('id').execute()).toEqual([]);
  const events = await shop.db
    .selectFrom('event')
    .select(['state', 'error'])
    .orderBy('received_at')
    .execute();
  expect(events).toEqual(problems.map((error) => ({ state: 'failed', error })));
});

test('requests with the same key of the same person are one run, without a key each is its own', async () => {
  await using shop = await shopWithApi();

  const same = await Promise.all([1, 2, 3].map(() => shop.request({ idempotencyKey: 'k' })));
  const later = await shop.request({ idempotencyKey: 'k' });
  const somebodyElse = await shop.request({ idempotencyKey: 'k', by: 'dave' });
  const own = [await shop.request(), await shop.request()];

  expect(same.map(({ kind }) => kind).toSorted()).toEqual(['created', 'known', 'known']);
  expect(later.kind).toBe('known');
  expect([somebodyElse, ...own].map(({ kind }) => kind)).toEqual(['created', 'created', 'created']);
  expect(await shop.db.selectFrom('run').select('id').execute()).toHaveLength(4);
  expect(shop.delivered).toHaveLength(4);
});

test('a repository that cannot be asked is a fault, and the request stays on record as failed', async () => {
  await using shop = await shopWithApi();
  await shop.subversion.stop();

  const request = shop.request();

  await expect(request).rejects.toMatchObject({ code: 'scm-unreachable' });
  const event = await shop.db.selectFrom('event').select('state').executeTakeFirst();
  expect(event?.state).toBe('failed');
});

test('a request that gives wrong parameters is refused with what they take, and stays on record', async () => {
  await using shop = await shopWithApi();

  const receipt = await shop.request({ parameters: { color: 'green', colour: 'red' } });

  const event = await shop.db.selectFrom('event').selectAll().executeTakeFirstOrThrow();
  const problem =
    "there is no parameter 'colour' (did you mean 'color'?); parameter 'color' takes one of red, blue; 'green' was given";
  expect(receipt).toEqual({ kind: 'refused', problem, hint: 'It takes color: one of red, blue.' });
  expect(event).toMatchObject({ state: 'failed', error: problem });
  expect(shop.delivered).toEqual([]);
});

test('where HEAD changed something else, the run is told who changed its folder last, and when', async () => {
  await using shop = await shopWithApi();
  await shop.subversion.commit({
    files: { 'branches/one/b.txt': '1' },
    author: 'dave',
    message: 'elsewhere',
  });

  await shop.request();

  const run = await shop.db.selectFrom('run').selectAll().executeTakeFirstOrThrow();
  expect(run).toMatchObject({
    revision: '4',
    move: 4,
    author: 'bob',
    message: 'second',
    told: { trigger: 'api', lastChanged: '3' },
  });
});

test('what came with a copied branch was changed last by the copy', async () => {
  await using shop = await shopWithApi();
  const at = ['-m', 'branched', '-u', 'erin', '-U', `file://${shop.subversion.path}`];
  await runCommand('svnmucc', [...at, 'cp', '3', 'trunk', 'branches/two']);
  await shop.subversion.commit({ files: { 'trunk/app/a.txt': '3' } });

  await shop.request({ branch: 'branches/two' });

  const run = await shop.db.selectFrom('run').selectAll().executeTakeFirstOrThrow();
  expect(run).toMatchObject({ revision: '5', author: 'erin', told: { lastChanged: '4' } });
});

test('the root of a repository without a layout is run as its trunk', async () => {
  await using shop = await shopWithApi({ layout: ['none'], path: 'trunk/app' });

  const receipt = await shop.request();

  const run = await shop.db.selectFrom('run').selectAll().executeTakeFirstOrThrow();
  expect(receipt.kind).toBe('created');
  expect(run).toMatchObject({ branch: 'trunk', revision: '3', author: 'bob' });
  expect(await shop.request({ branch: 'branches/one' })).toMatchObject({
    kind: 'refused',
    problem: '"branches/one" is no branch',
  });
});
