import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { StatusForge } from '../../src/domain/commit-status.ts';
import { Secret } from '../../src/domain/secret.ts';
import { startStatusReporter } from '../../src/notify/status-reporter.ts';
import { createRun } from '../../src/runs/create-run.ts';
import { openDatabase } from '../../src/store/database.ts';
import { commitRun } from '../../src/triggers/commit-run.ts';
import { startDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf } from '../triggers/triggers-under-test.ts';
import { startForge } from './forge-under-test.ts';
import { ring } from './ring.ts';

async function given() {
  await using opening = new AsyncDisposableStack();
  const postgres = opening.use(await startDatabase());
  const store = openDatabase({ url: postgres.url, applicationName: 'statuses under test' });
  opening.defer(() => store.close());
  const owned = opening.move();
  const set = (id: string, values: object) =>
    store.db.updateTable('run').set(values).where('id', '=', id).execute();
  return {
    store,
    async makeRun(move: number, { pipeline = 'app', revision = 'a'.repeat(40) } = {}): Promise<string> {
      const place = { repository: 'shop', generation: 1, branch: 'main', move, revision };
      const change = { ...place, author: 'ann', committedAt: null, message: '' };
      const { runId } = await createRun(store.db, commitRun({ change, eventId: null }, pipelineOf(pipeline)));
      return runId;
    },
    begin: (id: string) => set(id, { state: 'running', started_at: new Date() }),
    end: (id: string, outcome: string, ended_at = new Date()) =>
      set(id, { state: 'ended', outcome, ended_at }),
    report: (api: string, forge: StatusForge = 'gitlab') =>
      startStatusReporter({
        ...{ store, repository: 'shop', url: 'https://ci.example.com/', logger: pino({ level: 'silent' }) },
        statuses: { forge, token: new Secret('s3cret'), api, project: 'shop/web', ca: null },
      }),
    told: () => store.db.selectFrom('commit_status').selectAll().execute(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test('a run is told as it waits, works and ends, with its page, and each once', async () => {
  await using site = await given();
  await using forge = await startForge();
  const run = await site.makeRun(1);
  await using _reporter = await site.report(forge.api);
  const steps = [
    () => site.begin(run),
    () => site.end(run, 'failed'),
    () => site.makeRun(2, { revision: 'b'.repeat(40) }),
  ];

  for (const [index, step] of steps.entries()) {
    await waitFor(() => forge.received.length === index + 1, { what: 'the status' });
    await step();
    await ring(site.store.db, run);
  }
  await waitFor(() => forge.received.length === 4, { what: 'the last status' });

  expect(forge.states()).toEqual(['pending', 'running', 'failed', 'pending']);
  expect(forge.received[0]).toMatchObject({
    path: `/api/projects/shop%2Fweb/statuses/${'a'.repeat(40)}`,
    headers: { 'private-token': 's3cret' },
    body: { context: 'trunkline/app', ref: 'main', target_url: `https://ci.example.com/runs/${run}` },
  });
});

test('a server that is busy, limits its calls or says that it knows is told again or believed; one that refuses is let be', async () => {
  await using site = await given();
  const known = '{"message":"Cannot transition status via :enqueue from :pending"}';
  await using forge = await startForge([
    { code: 409 },
    { code: 429, headers: { 'retry-after': '1' } },
    { code: 400, body: known },
    { code: 403, body: 'insufficient_scope' },
  ]);
  await site.makeRun(1);
  await using _reporter = await site.report(forge.api);
  const isTold = async () => (await site.told())[0]?.told === 'queued';
  await waitFor(isTold, { what: 'the run to be told' });

  const other = await site.makeRun(1, { pipeline: 'other' });
  await ring(site.store.db, other);
  await waitFor(async () => (await site.told()).length === 2 && (await site.told())[1]?.told === 'queued', {
    what: 'the refusal',
  });

  expect(forge.states()).toEqual(['pending', 'pending', 'pending', 'pending']);
  const told = new Map((await site.told()).map((row) => [row.run_id, row]));
  expect(told.get(other)).toMatchObject({ error: '403 insufficient_scope', attempts: 0 });
});

test('a server that wants to be asked again at once is asked with pauses, and others are told meanwhile', async () => {
  await using site = await given();
  const busy = { code: 503, headers: { 'retry-after': '0' }, body: 'busy, dear s3cret' };
  await using forge = await startForge([busy, ...Array(50).fill({ ...busy, code: 502 })]);
  const first = await site.makeRun(1);
  await site.makeRun(1, { pipeline: 'other' });
  await using _reporter = await site.report(forge.api);
  const areTried = async () => (await site.told()).filter(({ error }) => error !== null).length === 2;
  await waitFor(areTried, { what: 'both runs to be tried' });

  expect(forge.received.slice(0, 2).map(({ body }) => body.context)).toEqual([
    'trunkline/app',
    'trunkline/other',
  ]);
  const row = (await site.told()).find(({ run_id: id }) => id === first);
  expect(row?.error).toMatch(/^50[23] busy, dear \*\*\*$/);
});

test('what happened while nobody told is told in the end: the newest run of a commit, as it is, to whichever server', async () => {
  await using site = await given();
  await using forge = await startForge();
  const first = await site.makeRun(1);
  const second = await site.makeRun(2);
  const other = await site.makeRun(1, { pipeline: 'other' });
  const old = await site.makeRun(1, { pipeline: 'old' });
  await site.end(first, 'failed');
  await site.end(second, 'succeeded');
  await site.end(other, 'errored');
  await site.end(old, 'failed', new Date(Date.now() - 2 * 86_400_000));

  await using reporters = new AsyncDisposableStack();
  for (const _ of [1, 2, 3]) reporters.use(await site.report(forge.api, 'gitea'));
  await waitFor(() => forge.received.length === 2, { what: 'both statuses' });
  await ring(site.store.db, second);
  await waitFor(async () => (await site.told()).every(({ told }) => told !== null), {
    what: 'all to be noted',
  });

  expect(
    forge.received.map(({ body, headers }) => [body.context, body.state, headers.authorization]),
  ).toEqual([
    ['trunkline/app', 'success', 'token s3cret'],
    ['trunkline/other', 'error', 'token s3cret'],
  ]);
});
