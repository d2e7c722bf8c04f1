import { expect, test } from 'vitest';
import { ensureAdminToken } from '../../src/store/tokens.ts';
import { shopUuid, startHttp, storeRun } from './start-http.ts';

test('the metrics count runs, steps, waiting jobs, hooks and how far the watchers lag', async () => {
  await using http = await startHttp({ queueDepth: async () => 3 });
  await storeRun(http.db);
  await http.db
    .insertInto('watcher')
    .values({
      repository: 'shop',
      url: 'svn://x',
      state: 'failing',
      polled_at: new Date(Date.now() - 90_000),
      cursor: 12,
      newest: 15,
    })
    .execute();
  await http.app.inject({ method: 'POST', url: '/hooks/svn', payload: { uuid: shopUuid, revision: 1 } });

  const { body } = await http.app.inject({ url: '/metrics', headers: await http.as('read') });

  expect(body).toContain('trunkline_runs{pipeline="cart",state="queued"} 1');
  expect(body).toContain('trunkline_steps{kind="build",state="ended"} 1');
  expect(body).toContain('trunkline_queue_depth 3');
  expect(body).toContain('trunkline_hooks_total{source="svn-hook",answer="denied"} 1');
  expect(body).toContain('trunkline_watcher_failing{repository="shop"} 1');
  expect(body).toContain('trunkline_watcher_lag_revisions{repository="shop"} 3');
  expect(body).toMatch(/trunkline_watcher_lag_seconds\{repository="shop"\} (89|9\d)/);
});

test('the OpenAPI document describes every path of the interface, with a problem for each', async () => {
  await using http = await startHttp();

  const document = (await http.app.inject({ url: '/openapi.json', headers: await http.as('read') })).json();

  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toContain('/api/v1/runs/{id}/log');
  const operations = Object.values(document.paths as Record<string, Record<string, Operation>>).flatMap(
    (path) => Object.values(path),
  );
  expect(operations.length).toBeGreaterThanOrEqual(22);
  for (const operation of operations) {
    expect(operation.summary, operation.operationId).toBeTypeOf('string');
    expect(operation.responses.default?.content).toHaveProperty(['application/problem+json']);
  }
  expect(document.components.schemas.Run.properties.steps.items).toEqual({
    $ref: '#/components/schemas/Step',
  });
});

test('the first start makes one administrator token, and only its hash is stored', async () => {
  await using http = await startHttp();

  const made = await Promise.all([1, 2, 3].map(() => ensureAdminToken(http.db)));
  const [token] = made.filter((entry) => entry !== null);
  const answer = await http.app.inject({
    url: '/api/v1/tokens',
    headers: { authorization: `Bearer ${token}` },
  });

  expect(made.filter((entry) => entry !== null)).toHaveLength(1);
  expect(answer.json().items).toMatchObject([{ name: 'admin', scopes: ['admin'] }]);
  const rows = await http.db.selectFrom('token').selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(token);
});

test('a revoked token no longer works', async () => {
  await using http = await startHttp();
  const admin = await http.as('admin');
  const made = await http.app.inject({
    method: 'POST',
    url: '/api/v1/tokens',
    headers: admin,
    payload: { name: 'robot', scopes: ['read'], expiresInDays: 1 },
  });
  const robot = { authorization: `Bearer ${made.json().token}` };
  const before = await http.app.inject({ url: '/api/v1/runs', headers: robot });

  const revoked = await http.app.inject({
    method: 'DELETE',
    url: `/api/v1/tokens/${made.json().id}`,
    headers: admin,
  });
  const after = await http.app.inject({ url: '/api/v1/runs', headers: robot });

  expect([made.statusCode, before.statusCode, revoked.statusCode, after.statusCode]).toEqual([
    201, 200, 204, 401,
  ]);
});

test('the use of a token is written at most once a minute', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');

  await http.app.inject({ url: '/api/v1/runs', headers });
  const first = await http.db.selectFrom('token').select('last_used_at').executeTakeFirstOrThrow();
  await http.app.inject({ url: '/api/v1/runs', headers });
  const second = await http.db.selectFrom('token').select('last_used_at').executeTakeFirstOrThrow();

  expect(first.last_used_at).toBeInstanceOf(Date);
  expect(second).toEqual(first);
});

interface Operation {
  operationId: string;
  summary?: string;
  responses: { default?: { content: object } };
}

test('a run that is queued, or whose worker died, says which labels no worker has, and that those that have them take none', async () => {
  await using http = await startHttp();
  const { id: runId } = await storeRun(http.db);
  await http.db
    .updateTable('run')
    .set({ runs_on: ['gpu', 'linux'] })
    .execute();
  const row = { id: 'w1', host: 'node-3', pid: 42, version: '1.2.3', concurrency: 4, labels: ['linux'] };
  await http.db
    .insertInto('worker')
    .values({ ...row, state: 'ready' })
    .execute();
  const reasons = async () => {
    const headers = await http.as('read');
    const one = await http.app.inject({ url: `/api/v1/runs/${runId}`, headers });
    const list = await http.app.inject({ url: '/api/v1/runs', headers });
    return [one.json().reason, list.json().items[0].reason];
  };

  const none = await reasons();
  await http.db
    .updateTable('worker')
    .set({ labels: ['gpu', 'linux'], stopped_taking: 'its disk is full' })
    .execute();
  const stopped = await reasons();
  await http.db.updateTable('worker').set({ stopped_taking: null }).execute();
  const ready = await reasons();

  await http.db.updateTable('run').set({ state: 'running' }).execute();
  const lease = { run_id: runId, owner: 'w0/1', fencing: 1, expires_at: new Date(Date.now() + 60_000) };
  await http.db.insertInto('lease').values(lease).execute();
  await http.db
    .updateTable('worker')
    .set({ labels: ['linux'] })
    .execute();
  const working = await reasons();
  await http.db
    .updateTable('lease')
    .set({ expires_at: new Date(Date.now() - 60_000) })
    .execute();
  const left = await reasons();

  const wait = 'waits for a worker with labels gpu, linux';
  expect(none).toEqual([`${wait}; there is none`, `${wait}; there is none`]);
  expect(stopped[0]).toBe(`${wait}; none takes runs now (trunkline workers says why)`);
  expect(ready).toEqual([null, null]);
  expect(working).toEqual([null, null]);
  expect(left[0]).toBe(`its worker has gone; ${wait}; there is none`);
  expect(left[1]).toBe(left[0]);
});

test('an admin asks a worker to drain by the beginning of its id, and to take runs again', async () => {
  await using http = await startHttp();
  const rows = ['aa11', 'aa22', 'bb33'].map((id) => ({
    id,
    host: 'node-3',
    pid: 42,
    version: '1',
    concurrency: 4,
  }));
  await http.db
    .insertInto('worker')
    .values(rows.map((row) => ({ ...row, state: 'ready' as const })))
    .execute();
  const headers = await http.as('admin');
  const post = async (path: string, as = headers) =>
    http.app.inject({ method: 'POST', url: `/api/v1/workers/${path}`, headers: as });
  const stateOf = async (id: string) => {
    const { items } = (await http.app.inject({ url: '/api/v1/workers', headers })).json();
    return items.find((item: { id: string }) => item.id === id).state;
  };

  const drained = await post('bb/drain');
  const draining = await stateOf('bb33');
  const resumed = await post('bb33/resume');

  expect([drained.statusCode, draining]).toEqual([202, 'draining']);
  expect([resumed.statusCode, await stateOf('bb33')]).toEqual([202, 'ready']);
  expect((await post('aa/drain')).json().code).toBe('worker-ambiguous');
  expect((await post('cc/drain')).json().code).toBe('worker-not-found');
  expect((await post('bb/drain', await http.as('run'))).statusCode).toBe(403);
});
