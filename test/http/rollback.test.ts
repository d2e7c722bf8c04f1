import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Pipeline } from '../../src/domain/pipeline.ts';
import type { HttpDependencies } from '../../src/http/dependencies.ts';
import { requestRollback } from '../../src/runs/request-rollback.ts';
import type { Db } from '../../src/store/database.ts';
import { environmentFor } from '../cli/run-cli.ts';
import { runHere } from '../cli/run-here.ts';
import { type HttpFixture, startHttp } from './start-http.ts';
import { deployed, digest } from './store-deployed.ts';

test('an environment tells of each workload what runs, since which run, and what can be gone back to', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  await deployed(http.db, { number: 2, outcome: 'succeeded' });
  await deployed(http.db, { number: 3, outcome: 'failed' });

  const answer = await http.app.inject({ url: '/api/v1/environments/staging', headers });

  const { workloads, history } = answer.json();
  expect(workloads).toMatchObject([
    {
      name: 'deployment/cart',
      current: {
        revision: '2',
        pipeline: 'cart',
        number: 2,
        author: 'ann',
        requestedBy: 'ann',
        trigger: 'commit',
      },
      deploying: null,
      failedSince: { revision: '3', outcome: 'failed' },
    },
  ]);
  const choices = history.map((entry: { revision: string; canRollBackTo: boolean }) => [
    entry.revision,
    entry.canRollBackTo,
  ]);
  expect(choices).toEqual([
    ['3', false],
    ['2', false],
    ['1', true],
  ]);
});

test('a rollback makes a run that puts back the set of the version before, and says who wants it and why', async () => {
  await using http = await startHttp(rollbacksOf(() => http));
  const first = await deployed(http.db, { number: 1, outcome: 'succeeded' });
  await deployed(http.db, { number: 2, outcome: 'succeeded' });

  const answer = await rollBack(http, { workload: 'deployment/cart', why: 'prices are wrong' });

  expect(answer.statusCode).toBe(201);
  const run = answer.json();
  expect(run).toMatchObject({ trigger: 'rollback', requestedBy: 'the run', revision: '1', number: 3 });
  const row = await http.db.selectFrom('run').selectAll().where('id', '=', run.id).executeTakeFirstOrThrow();
  expect(row.parameters).toEqual({
    environment: 'staging',
    workload: 'deployment/cart',
    to: 'r1 (cart #1)',
    why: 'prices are wrong',
  });
  expect((row.definition as unknown as Pipeline).steps).toMatchObject([
    { id: 'rollback', kind: 'deploy', environment: 'staging', restore: { deployId: first.deployId } },
  ]);
  const audits = await http.db.selectFrom('audit').select(['who', 'action']).execute();
  expect(audits).toEqual([{ who: 'the run', action: 'environment.rollback' }]);
});

test('a rollback is refused with the reason where it cannot be', async () => {
  let allowed: string[] | null = ['cart'];
  let gone: string | null = null;
  await using http = await startHttp(
    rollbacksOf(() => http, {
      allowedIn: () => allowed,
      digestExists: async (reference) => reference !== gone,
    }),
  );
  const workload = 'deployment/cart';
  const refusal = async (body: object) => {
    const answer = await rollBack(http, body);
    return [answer.statusCode, answer.json().code, answer.json().detail];
  };

  const unknown = await refusal({ workload });
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  const nothingEarlier = await refusal({ workload });
  await deployed(http.db, { number: 2, outcome: 'succeeded' });
  const alreadyThere = await refusal({ workload, run: 'cart#2' });
  gone = digest(1);
  const imageGone = await refusal({ workload });
  gone = null;
  allowed = ['web'];
  const notAllowed = await refusal({ workload });
  allowed = null;
  await deployed(http.db, { number: 3, outcome: null });
  const inProgress = await refusal({ workload });

  const cannot = 'Cannot roll back deployment/cart in staging: ';
  expect(unknown.slice(0, 2)).toEqual([404, 'workload-not-found']);
  expect(nothingEarlier).toEqual([
    409,
    'rollback-nothing-earlier',
    `${cannot}there is no earlier healthy version of deployment/cart in staging on record.`,
  ]);
  expect(alreadyThere).toEqual([
    409,
    'rollback-already-there',
    `${cannot}r2 (cart #2) is what runs there now.`,
  ]);
  expect(imageGone).toEqual([
    409,
    'rollback-gone',
    `${cannot}the registry no longer has ${digest(1)} of r1 (cart #1).`,
  ]);
  expect(notAllowed[1]).toBe('rollback-not-allowed');
  expect(inProgress).toEqual([
    409,
    'rollback-in-progress',
    `${cannot}r3 (cart #3) is being deployed to deployment/cart at this moment.`,
  ]);
});

test('the command line asks for a rollback, and names the run that it made', async () => {
  await using http = await startHttp(rollbacksOf(() => http));
  const environment = await environmentFor(http);
  await deployed(http.db, { number: 1, outcome: 'succeeded' });
  await deployed(http.db, { number: 2, outcome: 'succeeded' });
  const command = ['rollback', 'staging', 'deployment/cart', '--run'];

  const made = await runHere([...command, 'cart#1'], environment);
  const refused = await runHere([...command, 'cart#2'], environment);

  expect(made).toEqual({ exitCode: 0, stdout: 'cart#3 is queued: trunk at r1\n', stderr: '' });
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('r2 (cart #2) is what runs there now');
});

test('whoever may only read cannot roll back', async () => {
  await using http = await startHttp();

  const answer = await rollBack(http, { workload: 'deployment/cart' }, 'read');

  expect(answer.statusCode).toBe(403);
});

test('a repository tells how its hooks fare and which pipelines are built from it', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  const shop = async () => (await http.app.inject({ url: '/api/v1/repositories', headers })).json().items[0];
  const hookAt = (time: Date) =>
    http.db.updateTable('watcher').set({ last_hook_at: time }).where('repository', '=', 'shop').execute();
  await http.db.insertInto('watcher').values({ repository: 'shop', url: 'svn://x', state: 'ok' }).execute();

  const before = await shop();
  await hookAt(new Date(Date.now() - 60_000));
  await pollFound(http.db, { found: ['811', '812'] });
  await pollFound(http.db, { alarm: 'r800 could be read in part only' });
  const missed = await shop();
  await hookAt(new Date(Date.now() + 1_000));
  const again = await shop();

  expect(before).toMatchObject({ name: 'shop', kind: 'svn', hooks: { state: 'none' }, alarms: [] });
  expect(before.nextPollAt).toMatch(/Z$/);
  expect(missed.hooks).toMatchObject({ state: 'missing', text: 'r812 was not announced by a hook' });
  expect(missed.alarms).toMatchObject([{ text: 'r800 could be read in part only' }]);
  expect(again.hooks).toMatchObject({ state: 'working', missed: { revisions: ['811', '812'] } });
});

test('a rollback that is asked for again with the same key is the first one, also when that has ended', async () => {
  await using http = await startHttp(rollbacksOf(() => http));
  const headers = { ...(await http.as('run')), 'idempotency-key': 'night shift' };
  const ask = () => {
    const url = '/api/v1/environments/staging/rollback';
    return http.app.inject({ method: 'POST', url, headers, payload: { workload: 'deployment/cart' } });
  };
  for (const number of [1, 2, 3]) await deployed(http.db, { number, outcome: 'succeeded' });

  const answers = await Promise.all([ask(), ask(), ask()]);
  const { id: runId } = answers[0].json();
  await deployed(http.db, { number: 4, outcome: 'succeeded', runId });
  const late = await ask();
  const other = await rollBack(http, { workload: 'deployment/cart' });

  expect(new Set([...answers, late].map((answer) => answer.json().id))).toEqual(new Set([runId]));
  expect(late.statusCode).toBe(200);
  expect(other.statusCode).toBe(201);
  const made = await http.db.selectFrom('run').select('id').where('trigger', '=', 'rollback').execute();
  expect(made).toHaveLength(2);
});

/** The real rollback over the fixture's database, which is there once a request comes. */
function rollbacksOf(
  fixture: () => HttpFixture,
  changes: Partial<Parameters<typeof requestRollback>[0]> = {},
): Partial<HttpDependencies> {
  return {
    requestRollback: (wish) =>
      requestRollback(
        {
          db: fixture().db,
          allowedIn: () => null,
          digestExists: async () => true,
          deliverRun: async () => undefined,
          ...changes,
        },
        wish,
      ),
  };
}

async function rollBack(http: HttpFixture, payload: object, scope: 'read' | 'run' = 'run') {
  const url = '/api/v1/environments/staging/rollback';
  return http.app.inject({ method: 'POST', url, headers: await http.as(scope), payload });
}

async function pollFound(db: Db, body: object): Promise<void> {
  await db
    .insertInto('event')
    .values({
      ...{ id: randomUUID(), source: 'poll', repository: 'shop', delivery_key: null, remote: null },
      ...{ headers: '{}', body: JSON.stringify(body), revision: null, state: 'handled' },
    })
    .execute();
}
