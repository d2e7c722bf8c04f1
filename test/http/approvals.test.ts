import { expect, test } from 'vitest';
import { createToken } from '../../src/store/tokens.ts';
import { environmentFor } from '../cli/run-cli.ts';
import { runHere } from '../cli/run-here.ts';
import { type HttpFixture, startHttp, storeRun } from './start-http.ts';
import { testConfig } from './test-config.ts';

test('an approve step shows what is asked for; whoever has the role decides, and it is on record', async () => {
  await using http = await startHttp();
  const run = await storeWaitingRun(http);

  const before = await show(http, run.id);
  const reader = await decide(http, { run, as: await http.as('admin') });
  const author = await decide(http, { run, as: await holder(http, { name: 'Ann', roles: ['release'] }) });
  const stale = await decide(http, { run, as: await holder(http, { name: 'rob' }), body: { subject: 'f0' } });
  const unknown = await decide(http, { run, as: await holder(http, { name: 'rob' }), step: 'push' });
  const broken = await decide(http, {
    run,
    as: await holder(http, { name: 'rob' }),
    body: { comment: 'a\0b' },
  });
  const body = { subject: before.approval.subject, comment: 'seen on staging' };
  const rita = await decide(http, { run, as: await holder(http, { name: 'rita' }), body });
  const after = await show(http, run.id);

  expect(before).toMatchObject({
    state: 'waiting',
    approval: {
      by: ['release'],
      count: 1,
      message: 'Look',
      images: { push: 'r/cart@sha256:2' },
      decisions: [],
    },
  });
  expect(reader).toMatchObject({ statusCode: 403, code: 'role-missing' });
  expect(reader.hint).toContain('trunkline token create NAME --role release');
  expect(author).toMatchObject({ statusCode: 403, code: 'author-may-not-approve' });
  expect(stale).toMatchObject({ statusCode: 409, code: 'approval-changed' });
  expect(unknown).toMatchObject({ statusCode: 404, hint: 'Approve steps of cart #1: signoff.' });
  expect(broken).toMatchObject({ statusCode: 400, detail: expect.stringContaining('at "comment"') });
  expect(rita.statusCode).toBe(202);
  expect(after.approval.decisions).toMatchObject([
    { who: 'rita', roles: ['release'], verdict: 'approved', comment: 'seen on staging', isVoid: false },
  ]);
  const audits = await http.db.selectFrom('audit').select(['who', 'action']).orderBy('id').execute();
  expect(audits.at(-1)).toEqual({ who: 'rita', action: 'run.approve' });
});

test('the commands approve and reject name the step that waits, and say what was decided about', async () => {
  await using http = await startHttp();
  await storeWaitingRun(http);
  const { token } = await createToken(http.db, {
    name: 'rita',
    scopes: ['read'],
    roles: ['release'],
    expiresAt: null,
  });
  const environment = { ...(await environmentFor(http)), TRUNKLINE_TOKEN: token };

  const waiting = await runHere(['runs', '--status', 'waiting'], environment);
  const approved = await runHere(['approve', 'cart#1', '--comment', 'well'], environment);
  const rejected = await runHere(['reject', 'cart', 'signoff'], environment);
  await http.db
    .updateTable('step')
    .set({ state: 'ended', outcome: 'rejected' })
    .where('id', '=', 'signoff')
    .execute();
  const late = await runHere(['approve', 'cart'], environment);

  expect(waiting.stdout).toContain('cart#1  waiting');
  expect(approved).toMatchObject({ exitCode: 0, stdout: 'cart#1 signoff: approved\n  r/cart@sha256:2\n' });
  expect(rejected).toMatchObject({ exitCode: 0 });
  expect(late).toMatchObject({ exitCode: 1 });
  expect(late.stderr).toContain('does not wait for an approval');
  const decisions = await http.db.selectFrom('approval').select(['who', 'verdict', 'comment']).execute();
  expect(decisions).toEqual([{ who: 'rita', verdict: 'rejected', comment: null }]);
});

test('where several must approve, the command says how many have', async () => {
  await using http = await startHttp();
  await storeWaitingRun(http, 2);
  const approveAs = async (name: string) => {
    const holding = { name, scopes: ['read' as const], roles: ['release'], expiresAt: null };
    const { token } = await createToken(http.db, holding);
    return runHere(['approve', 'cart#1'], { ...(await environmentFor(http)), TRUNKLINE_TOKEN: token });
  };

  const first = await approveAs('rita');
  const second = await approveAs('rob');

  expect(first.stdout).toContain('cart#1 signoff: approved (1 of 2)\n');
  expect(second.stdout).toContain('cart#1 signoff: approved (2 of 2)\n');
});

test('a token says which roles it has, and an environment that needs an approval lets only those roll back', async () => {
  const { staging } = testConfig.environments;
  if (staging === undefined) throw new Error('no environment');
  const approve = { by: ['release'], count: 1, notAuthor: true };
  const config = { ...testConfig, environments: { staging: { ...staging, approve } } };
  await using guarded = await startHttp({ config });
  const rollBack = async (headers: Headers) =>
    guarded.app.inject({
      method: 'POST',
      url: '/api/v1/environments/staging/rollback',
      headers,
      payload: { workload: 'deployment/cart' },
    });

  const made = await guarded.app.inject({
    method: 'POST',
    url: '/api/v1/tokens',
    headers: await guarded.as('admin'),
    payload: { name: 'rita', scopes: ['run'], roles: ['release'] },
  });
  const headers = { authorization: `Bearer ${made.json().token}` };
  const session = await guarded.app.inject({ url: '/api/v1/session', headers });

  expect(made.json()).toMatchObject({ roles: ['release'] });
  expect(session.json()).toMatchObject({ name: 'rita', roles: ['release'] });
  expect((await rollBack(await guarded.as('admin'))).json()).toMatchObject({ code: 'role-missing' });
  expect((await rollBack(headers)).json()).toMatchObject({ code: 'workload-not-found' });
});

test('a rollback that has failed is continued only by those who may roll back there', async () => {
  const { staging } = testConfig.environments;
  if (staging === undefined) throw new Error('no environment');
  const approve = { by: ['release'], count: 1, notAuthor: true };
  const config = { ...testConfig, environments: { staging: { ...staging, approve } } };
  await using guarded = await startHttp({ config });
  const run = await storeRun(guarded.db);
  const restore = { deployId: 'd1', label: 'r1' };
  const step = { id: 'rollback', kind: 'deploy', needs: [], environment: 'staging' };
  const steps = [{ ...step, manifests: [], workload: null, restore }];
  const definition = JSON.stringify({
    name: 'cart',
    on: {},
    concurrency: { group: 'g', queue: 'fifo' },
    steps,
  });
  await guarded.db
    .updateTable('run')
    .set({ definition, trigger: 'rollback', state: 'ended', outcome: 'failed', ended_at: new Date() })
    .execute();
  const retry = async (headers: Headers) =>
    guarded.app.inject({ method: 'POST', url: `/api/v1/runs/${run.id}/retry`, headers });
  const release = { name: 'rita', scopes: ['run' as const], roles: ['release'], expiresAt: null };
  const { token } = await createToken(guarded.db, release);

  const refused = await retry(await guarded.as('admin'));
  const made = await retry({ authorization: `Bearer ${token}` });

  expect(refused.json()).toMatchObject({ status: 403, code: 'role-missing' });
  expect(made.json()).toMatchObject({ trigger: 'retry', requestedBy: 'rita' });
});

type Headers = { authorization: string };

interface Decision {
  run: { id: string };
  as: Headers;
  step?: string;
  body?: Record<string, unknown>;
}

async function decide(http: HttpFixture, { run, as, step = 'signoff', body = {} }: Decision) {
  const url = `/api/v1/runs/${run.id}/steps/${step}/approve`;
  const answer = await http.app.inject({ method: 'POST', url, headers: as, payload: body });
  return { statusCode: answer.statusCode, ...answer.json() };
}

async function holder(http: HttpFixture, { name, roles = ['release'] }: { name: string; roles?: string[] }) {
  const { token } = await createToken(http.db, { name, scopes: ['read'], roles, expiresAt: null });
  return { authorization: `Bearer ${token}` };
}

async function show(http: HttpFixture, id: string) {
  const answer = await http.app.inject({ url: `/api/v1/runs/${id}`, headers: await http.as('read') });
  const { steps } = answer.json();
  return steps.find((step: { id: string }) => step.id === 'signoff');
}

/** A run, by ann, that waits for an approval by release. */
async function storeWaitingRun(http: HttpFixture, count = 1) {
  const run = await storeRun(http.db);
  const approve = { by: ['release'], count, notAuthor: true, message: 'Look', timeoutMs: 60_000 };
  const steps = [{ id: 'signoff', kind: 'approve', needs: [], ...approve }];
  const subject = { images: { push: 'r/cart@sha256:2' }, manifests: {} };
  const until = new Date(Date.now() + 60_000);
  const journal = { until: until.toISOString(), subject, fingerprint: 'f1' };
  await http.db
    .updateTable('run')
    .set({ state: 'waiting', wake_at: until, definition: JSON.stringify({ name: 'cart', steps }) })
    .execute();
  const step = { run_id: run.id, id: 'signoff', position: 3, kind: 'approve', state: 'waiting' } as const;
  await http.db
    .insertInto('step')
    .values({ ...step, journal: JSON.stringify(journal) })
    .execute();
  return run;
}
