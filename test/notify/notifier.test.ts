import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { NotifierConfig } from '../../src/config/notifier-config.ts';
import { Secret } from '../../src/domain/secret.ts';
import { startNotifier } from '../../src/notify/notifier.ts';
import { createRun } from '../../src/runs/create-run.ts';
import { openDatabase } from '../../src/store/database.ts';
import { addNotifier } from '../../src/store/notifications.ts';
import { commitRun } from '../../src/triggers/commit-run.ts';
import { startDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';
import { pipelineOf } from '../triggers/triggers-under-test.ts';
import { startForge } from './forge-under-test.ts';
import { ring } from './ring.ts';

type HttpNotifier = Exclude<NotifierConfig, { kind: 'mail' }>;

const deadlineMs = 60_000;
const taken = { code: 200, body: '{"errcode":0}' };

async function given(answers: { code: number; body?: string }[] = []) {
  await using opening = new AsyncDisposableStack();
  const postgres = opening.use(await startDatabase());
  const chat = opening.use(await startForge([...answers, ...Array(50).fill(taken)]));
  const store = openDatabase({ url: postgres.url, applicationName: 'notifier under test' });
  opening.defer(() => store.close());
  const owned = opening.move();
  let number = 0;
  return {
    ...{ store, chat },
    texts: () => chat.received.map(({ body }) => (body.text as unknown as { content: string }).content),
    /** A run of the trunk that has ended so. */
    async end(outcome: string, { pipeline = 'cart', branch = 'trunk' } = {}): Promise<string> {
      const place = { repository: 'shop', generation: 1, branch, move: ++number, revision: String(number) };
      const change = { ...place, author: 'ann', committedAt: null, message: '' };
      const { runId } = await createRun(store.db, commitRun({ change, eventId: null }, pipelineOf(pipeline)));
      const values = { state: 'ended', outcome, reason: `why ${outcome}`, ended_at: new Date() } as never;
      await store.db.updateTable('run').set(values).where('id', '=', runId).execute();
      return runId;
    },
    notifier(more: Partial<HttpNotifier> = {}): HttpNotifier {
      return {
        ...{
          name: 'team',
          kind: 'dingtalk',
          address: new Secret(`${chat.api}?access_token=t0ken`),
          secret: null,
        },
        ...{
          ca: null,
          wanted: ['failure', 'fixed', 'approval'],
          pipelines: null,
          branches: null,
          language: 'en',
        },
        ...more,
      };
    },
    start(notifier: NotifierConfig, lines: string[] = []) {
      const logger = pino({}, { write: (line) => lines.push(line) });
      return startNotifier({ store, notifier, url: 'https://ci.example.com', logger });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test('what ended since the notifier was first seen is told once, in one message, whoever was up meanwhile', async () => {
  await using site = await given();
  await site.end('failed');
  await addNotifier(site.store.db, 'team');
  const first = await site.end('failed');
  await site.end('cancelled');
  const second = await site.end('succeeded');
  await site.end('succeeded');
  await site.end('failed', { pipeline: 'web', branch: 'branches/x' });
  const notifier = site.notifier({ branches: ['trunk'] });
  {
    await using _one = await site.start(notifier);
    await using _other = await site.start(notifier);
    await waitFor(() => site.chat.received.length > 0, { what: 'the message', deadlineMs });
  }
  // So that the test need not wait for the pause between two messages.
  await site.store.db
    .updateTable('notifier')
    .set({ busy_until: new Date(0) })
    .execute();
  await using _later = await site.start({ ...notifier, wanted: ['failure', 'success'], branches: null });
  const late = await site.end('timed-out', { pipeline: 'web' });
  await ring(site.store.db, late);
  await waitFor(() => site.chat.received.length > 1, { what: 'the next message', deadlineMs });

  expect(site.texts()).toEqual([
    [
      '✗ cart #2 failed on trunk (r2, ann): why failed',
      `https://ci.example.com/runs/${first}`,
      '✓ cart #4 works again on trunk (r4, ann): why succeeded',
      `https://ci.example.com/runs/${second}`,
    ].join('\n'),
    expect.stringMatching(/^✗ web #2 timed out on trunk \(r7, ann\): why timed-out\nhttps:[^\n]*$/),
  ]);
});

test('a step that waits for people is told once', async () => {
  await using site = await given();
  const runId = await site.end('failed');
  const { db } = site.store;
  await db.updateTable('run').set({ state: 'waiting', outcome: null, ended_at: null }).execute();
  const step = { run_id: runId, id: 'sign-off', position: 90, kind: 'approve', state: 'waiting' as const };
  await db
    .insertInto('step')
    .values({ ...step, reason: 'waiting for approval by qa' })
    .execute();

  await using _notifier = await site.start(site.notifier());
  await waitFor(() => site.chat.received.length > 0, { what: 'the message', deadlineMs });
  await waitFor(async () => (await db.selectFrom('notification').selectAll().execute()).length === 1, {
    what: 'the message to be kept',
    deadlineMs,
  });

  expect(site.texts()).toEqual([
    `⏸ cart #1 waits for an approval on trunk (r1, ann): sign-off: waiting for approval by qa\nhttps://ci.example.com/runs/${runId}`,
  ]);
});

test('what a chat refuses is sent again, and its address is in no log and in no table', async () => {
  const lines: string[] = [];
  await using site = await given([{ code: 200, body: '{"errcode":310000,"errmsg":"keywords, t0ken"}' }]);
  await addNotifier(site.store.db, 'team');
  await site.end('errored');
  await using _notifier = await site.start(site.notifier({ secret: new Secret('t0ken') }), lines);

  await waitFor(() => site.chat.received.length === 2, { what: 'the message again', deadlineMs });
  await waitFor(async () => (await row())?.error === null, { what: 'the message to be taken', deadlineMs });

  expect(site.texts()[1]).toBe(site.texts()[0]);
  expect(lines.join('')).toContain('310000');
  expect(lines.join('')).not.toContain('t0ken');
  async function row() {
    return site.store.db.selectFrom('notifier').selectAll().executeTakeFirst();
  }
});

test('a program gets the facts as JSON', async () => {
  await using site = await given();
  await addNotifier(site.store.db, 'team');
  const runId = await site.end('failed');
  const notifier = site.notifier({ kind: 'webhook', address: new Secret(site.chat.api) });

  await using _notifier = await site.start(notifier);
  await waitFor(() => site.chat.received.length > 0, { what: 'the request', deadlineMs });

  expect(site.chat.received[0]?.body).toEqual({
    type: 'trunkline.runs',
    items: [
      {
        ...{
          notice: 'failure',
          runId,
          pipeline: 'cart',
          number: 1,
          branch: 'trunk',
          revision: '1',
          author: 'ann',
        },
        ...{
          outcome: 'failed',
          reason: 'why failed',
          step: null,
          page: `https://ci.example.com/runs/${runId}`,
        },
      },
    ],
  });
});
