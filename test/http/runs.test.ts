import { expect, test } from 'vitest';
import { startHttp, storeRun } from './start-http.ts';
import { deployed } from './store-deployed.ts';

test('a run is found by its id, its number, and as the latest of its pipeline', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  await storeRun(http.db, { number: 11 });
  const { id } = await storeRun(http.db, { number: 12 });

  const references = [id, 'cart:12', 'cart%2312', 'cart:latest'];
  const answers = await Promise.all(
    references.map((reference) => http.app.inject({ url: `/api/v1/runs/${reference}`, headers })),
  );

  expect(answers.map((answer) => answer.json().id)).toEqual([id, id, id, id]);
});

test('a run shows its steps, the digests it pushed, and why it is there', async () => {
  await using http = await startHttp();
  const { id } = await storeRun(http.db);

  const { json } = await http.app.inject({ url: `/api/v1/runs/${id}`, headers: await http.as('read') });

  expect(json()).toMatchObject({
    pipeline: 'cart',
    number: 1,
    state: 'queued',
    outcome: null,
    steps: [
      { id: 'image', state: 'ended', outcome: 'succeeded' },
      { id: 'push', state: 'ended' },
      { id: 'staging', state: 'pending', outcome: null },
    ],
    images: [{ step: 'push', reference: '127.0.0.1:5000/shop/cart@sha256:2', tags: ['r7'] }],
    deployments: [],
    why: { eventId: null, filters: [] },
  });
});

test('pages of a list hold every run once, also when new ones come between', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  for (let number = 1; number <= 25; number++) await storeRun(http.db, { number });

  const seen: number[] = [];
  for (let next: string | null = '/api/v1/runs?limit=10'; next !== null; ) {
    const page: RunPage = (await http.app.inject({ url: next, headers })).json();
    seen.push(...page.items.map(({ number }) => number));
    next = page.next === null ? null : `/api/v1/runs?limit=10&cursor=${encodeURIComponent(page.next)}`;
    await storeRun(http.db, { number: 100 + seen.length });
  }

  expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => 25 - index));
});

test('runs that were made together are listed in the order in which they were made', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  await http.db.transaction().execute(async (tx) => {
    for (let number = 1; number <= 8; number++) await storeRun(tx, { number });
  });

  const { items } = (await http.app.inject({ url: '/api/v1/runs', headers })).json<RunPage>();

  expect(items.map(({ number }) => number)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
});

test('runs are filtered by pipeline, branch and status', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  await storeRun(http.db, { pipeline: 'cart', branch: 'branches/a' });
  await storeRun(http.db, { pipeline: 'web', number: 2 });
  await storeRun(http.db, { pipeline: 'web', number: 3, branch: 'branches/a' });
  await http.db
    .updateTable('run')
    .set({ state: 'ended', outcome: 'failed', ended_at: new Date() })
    .where('number', '=', 3)
    .execute();

  const count = async (query: string) =>
    (await http.app.inject({ url: `/api/v1/runs?${query}`, headers })).json().items.length;

  expect(await count('pipeline=web')).toBe(2);
  expect(await count('branch=branches/a')).toBe(2);
  expect(await count('status=failed')).toBe(1);
  expect(await count('status=queued&pipeline=web')).toBe(1);
  expect(await count('pipeline=&status=&branch=branches/a&cursor=')).toBe(2);
});

test('a list of runs tells of each failed rollout what kind of cause it had, without its logs', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  const failed = await storeRun(http.db);
  await storeRun(http.db, { number: 2 });
  await http.db.updateTable('run').set({ state: 'ended', outcome: 'failed', ended_at: new Date() }).execute();
  const { deployId } = await deployed(http.db, { number: 1, outcome: 'failed', runId: failed.id });
  const container = { name: 'cart', state: {}, lastState: { terminated: { exitCode: 3 } }, restarts: 2 };
  const pods = [{ name: 'cart-1', containers: [container], logs: { current: 'secret plans' } }];
  const worst = {
    class: 'crash',
    workload: 'deployment/cart',
    container: 'cart',
    newPods: 2,
    pods: ['cart-1'],
  };
  const causes = [{ ...worst, message: 'it crashes', evidence: { pods } }];
  await http.db
    .updateTable('deployment')
    .set({ evidence: JSON.stringify({ causes }) })
    .where('deploy_id', '=', deployId)
    .execute();

  const list = await http.app.inject({ url: '/api/v1/runs', headers });

  expect(list.json().items.map(({ cause }: { cause: object | null }) => cause)).toEqual([
    null,
    {
      ...{ class: 'crash', workload: 'deployment/cart', container: 'cart' },
      ...{ pod: { count: 1, of: 2 }, exitCode: 3 },
    },
  ]);
  expect(list.body).not.toContain('secret plans');
});

test('cancelling ends a queued run, and an ended one can be retried but not cancelled', async () => {
  await using http = await startHttp();
  const headers = await http.as('run');
  const { id } = await storeRun(http.db);
  const post = (act: string, payload?: object, key = {}) =>
    http.app.inject({
      method: 'POST',
      url: `/api/v1/runs/cart:1/${act}`,
      headers: { ...headers, ...key },
      ...(payload && { payload }),
    });

  const early = await post('retry');
  const cancelled = await post('cancel', { rollout: 'leave' });
  const again = await post('cancel');
  const retried = await post('retry');
  const same = await Promise.all(
    Array.from({ length: 5 }, () => post('retry', undefined, { 'idempotency-key': 'double click' })),
  );

  expect(early.json()).toMatchObject({ status: 409, code: 'run-not-ended' });
  expect(cancelled.statusCode).toBe(202);
  expect(cancelled.json()).toMatchObject({ id, state: 'ended', outcome: 'cancelled' });
  expect(again.json()).toMatchObject({ status: 409, code: 'run-already-ended' });
  expect(retried.statusCode).toBe(201);
  expect(retried.json()).toMatchObject({ number: 2, trigger: 'retry', requestedBy: 'the run' });
  expect(new Set(same.map((answer) => answer.json().id)).size).toBe(1);
  expect(retried.headers.location).toBe(`/api/v1/runs/${retried.json().id}`);
});

test('a run whose pipeline file has a mistake today is not run again, and the mistake is told', async () => {
  const mistake = { file: '/srv/pipelines/cart.yaml', line: 3, column: 1, message: "unknown key 'stpes'" };
  const none = { list: () => [], get: () => undefined, awaited: () => [], file: () => undefined };
  await using http = await startHttp({ catalogue: { ...none, problems: () => [mistake] } });
  await storeRun(http.db);

  const answer = await http.app.inject({
    method: 'POST',
    url: '/api/v1/runs/cart:1/rerun',
    headers: { ...(await http.as('run')), 'idempotency-key': 'x'.repeat(201) },
  });
  const refused = await http.app.inject({
    method: 'POST',
    url: '/api/v1/runs/cart:1/rerun',
    headers: await http.as('run'),
  });

  expect(answer.json()).toMatchObject({
    detail: 'Something in the headers of the request is not as it should be.',
  });
  expect(refused.json()).toMatchObject({
    status: 409,
    code: 'pipeline-gone',
    detail: 'Cannot rerun cart #1: the file of its pipeline cannot be used today.',
    hint: `cart.yaml:3 has a mistake: unknown key 'stpes'; it starts nothing until that is mended. Or use "retry", which keeps the file of that time.`,
  });
});

test('an environment tells what runs in it and what was rolled out before', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  const { id } = await storeRun(http.db);
  const outcomes = ['succeeded', 'failed', null] as const;
  for (const [index, outcome] of outcomes.entries()) {
    await http.db
      .insertInto('deployment')
      .values({
        id: `deployment-${index}`,
        run_id: id,
        step_id: 'staging',
        environment: 'staging',
        target: 'cluster/shop/deployment/cart',
        deploy_id: `d${index}`,
        repository: 'shop',
        branch: 'trunk',
        move: index,
        revision: `${index}`,
        state: outcome === null ? 'active' : 'ended',
        outcome,
        images: JSON.stringify({ cart: `sha256:${index}` }),
        manifests: '[]',
        started_at: new Date(2030, 0, index + 1),
        ended_at: null,
      })
      .execute();
  }

  const list = await http.app.inject({ url: '/api/v1/environments', headers });
  const detail = await http.app.inject({ url: '/api/v1/environments/staging?limit=2', headers });
  const unknown = await http.app.inject({ url: '/api/v1/environments/constructor', headers });

  expect(list.json().items).toMatchObject([
    { name: 'staging', running: [{ id: 'deployment-0' }] },
    { name: 'production', running: [] },
  ]);
  expect(detail.json()).toMatchObject({
    running: [{ revision: '0', images: { cart: 'sha256:0' } }],
    locks: [{ workload: 'deployment/cart', runId: id, step: 'staging', since: '2030-01-03T00:00:00.000Z' }],
    history: [{ id: 'deployment-2', state: 'active' }, { id: 'deployment-1' }],
    next: expect.any(String),
  });
  expect(unknown.statusCode).toBe(404);
});

interface RunPage {
  items: { number: number }[];
  next: string | null;
}
