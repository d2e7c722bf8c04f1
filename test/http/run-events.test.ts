import type { EventSourceMessage } from 'eventsource-parser';
import { expect, test } from 'vitest';
import type { StepProgress } from '../../src/domain/step-progress.ts';
import type { Db } from '../../src/store/database.ts';
import { acquireLease, type Lease } from '../../src/store/leases.ts';
import { beginStep } from '../../src/store/runs.ts';
import { writeProgress } from '../../src/store/step-progress.ts';
import { revokeToken } from '../../src/store/tokens.ts';
import { waitFor } from '../support/wait-for.ts';
import { listen, readStream } from './read-stream.ts';
import { endRun } from './run-log-writer.ts';
import { startHttp, storeDeployment, storeRun } from './start-http.ts';

test('a run is followed live: the whole view at once, on every change, and its end', async () => {
  await using http = await startHttp();
  const { headers, url } = await listen(http);
  const { id } = await storeRun(http.db);
  const lease = await leaseOf(http.db, id);
  const seen: EventSourceMessage[] = [];
  const reading = readStream(`${url}/api/v1/runs/cart:1/events`, headers, { into: seen });
  const newest = () => JSON.parse(seen.at(-1)?.data ?? '{}');

  await waitFor(() => seen.length === 1, { what: 'the view at once' });
  await beginStep(http.db, lease, 'staging');
  await writeProgress(http.db, lease, { stepId: 'staging', attempt: 1, progress: pods(1) });
  await waitFor(() => newest().steps[2].progress?.done === 1, { what: 'the progress' });
  await endRun(http.db, 'failed', 'staging: the pod crashed');
  await reading;

  expect(JSON.parse(seen[0]?.data ?? '')).toMatchObject({
    id,
    steps: [
      { id: 'image', needs: [] },
      { id: 'push', needs: ['image'] },
      { id: 'staging', state: 'pending', progress: null },
    ],
  });
  expect(seen.map(({ event }) => event).slice(-2)).toEqual(['run', 'end']);
  expect(newest()).toEqual({ state: 'ended', outcome: 'failed', reason: 'staging: the pod crashed' });
});

test('a reader that lags skips what was true in between, and gets what is true now', async () => {
  await using http = await startHttp();
  const { headers, url } = await listen(http);
  const { id } = await storeRun(http.db);
  const lease = await leaseOf(http.db, id);
  await beginStep(http.db, lease, 'staging');
  const seen: EventSourceMessage[] = [];
  const reading = readStream(`${url}/api/v1/runs/${id}/events`, headers, { into: seen });
  await waitFor(() => seen.length === 1, { what: 'the view at once' });

  for (let done = 1; done <= 200; done++) {
    await writeProgress(http.db, lease, { stepId: 'staging', attempt: 1, progress: pods(done) });
  }
  await endRun(http.db, 'succeeded', '');
  await reading;

  const views = seen.filter(({ event }) => event === 'run').map(({ data }) => JSON.parse(data));
  expect(views.at(-1)).toMatchObject({ state: 'ended', steps: [{}, {}, { progress: { done: 200 } }] });
  expect(views.length).toBeLessThan(100);
});

test('whoever watches all runs is told of every run that changes, and of no mere progress', async () => {
  await using http = await startHttp();
  const { headers, url } = await listen(http);
  const cart = await storeRun(http.db);
  const web = await storeRun(http.db, { pipeline: 'web', number: 3 });
  const lease = await leaseOf(http.db, cart.id);
  const seen: EventSourceMessage[] = [];
  const reading = readStream(`${url}/api/v1/runs/events`, headers, { into: seen });
  const told = () => seen.map(({ data }) => JSON.parse(data));

  await waitFor(
    async () => {
      await beginStep(http.db, lease, 'staging');
      return seen.length > 0;
    },
    { what: 'the first change' },
  );
  // What was done before this, and told late, is told before it.
  const docs = await storeRun(http.db, { pipeline: 'docs', number: 5 });
  await beginStep(http.db, await leaseOf(http.db, docs.id), 'staging');
  await waitFor(() => told().some(({ id }) => id === docs.id), { what: 'all that was begun' });
  const before = seen.length;
  await writeProgress(http.db, lease, { stepId: 'staging', attempt: 1, progress: pods(1) });
  await endRun(http.db, 'succeeded', '');
  await waitFor(() => told().filter(({ state }) => state === 'ended').length === 3, { what: 'all ends' });
  await http.app.close();
  await reading;

  expect(told()[0]).toMatchObject({ id: cart.id, pipeline: 'cart', state: 'queued' });
  expect(
    told()
      .slice(before)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual([cart.id, web.id, docs.id].toSorted());
});

test('streams end soon after the token has been revoked that they were asked for with', async () => {
  await using http = await startHttp({ heartbeatMs: 100 });
  const { headers, url } = await listen(http);
  await storeRun(http.db);
  const ask = (path: string, as: Record<string, string>) =>
    fetch(`${url}/api/v1/runs/${path}`, { headers: as });
  const stream = { accept: 'text/event-stream' };
  const others = await ask('events', { ...(await http.as('admin')), ...stream });
  const answers = await Promise.all(
    ['cart:1/events', 'cart:1/log', 'events'].map((path) => ask(path, headers)),
  );
  const { id } = await http.db
    .selectFrom('token')
    .select('id')
    .where('name', '=', 'the read')
    .executeTakeFirstOrThrow();

  await revokeToken(http.db, id);
  const texts = await Promise.all(answers.map((answer) => answer.text()));

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  for (const text of texts) expect(text).not.toContain('event: end');
  const reader = others.body?.getReader();
  for (let heard = 0; heard < 3; heard++) expect(await reader?.read()).toMatchObject({ done: false });
  await reader?.cancel();
});

test('a server that closes ends the streams of runs without an end event', async () => {
  await using http = await startHttp();
  const { headers, url } = await listen(http);
  const { id } = await storeRun(http.db);
  await storeDeployment(http.db, id);
  const seen: EventSourceMessage[] = [];
  const reading = readStream(`${url}/api/v1/runs/${id}/events`, headers, { into: seen });
  await waitFor(() => seen.length === 1, { what: 'the view at once' });

  await http.app.close();

  expect((await reading).map(({ event }) => event)).toEqual(['run']);
});

async function leaseOf(db: Db, runId: string): Promise<Lease> {
  const lease = await acquireLease(db, { runId, owner: 'test', ttlMs: 60_000 });
  if (lease === null) throw new Error(`somebody else works on run ${runId}`);
  return lease;
}

function pods(done: number): StepProgress {
  return { phase: 'rollout', text: `${done} ready`, done, total: 200, unit: 'pods', items: [] };
}
