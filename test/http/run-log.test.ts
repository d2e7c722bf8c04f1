import type { EventSourceMessage } from 'eventsource-parser';
import { expect, test } from 'vitest';
import { followLog } from '../../src/logs/live-log.ts';
import { waitFor } from '../support/wait-for.ts';
import { listen, readStream } from './read-stream.ts';
import { endRun, openRunLog } from './run-log-writer.ts';
import { type HttpFixture, startHttp, storeRun } from './start-http.ts';

test('the log is plain text that no browser takes for anything else', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  const { id } = await storeRun(http.db);
  const log = await openRunLog(http.db, id);
  await log.write('<script>alert(1)</script>\n');
  await log.write('pushed\n', 'push');

  const whole = await http.app.inject({ url: '/api/v1/runs/cart:1/log', headers });
  const step = await http.app.inject({ url: '/api/v1/runs/cart:1/log?step=push', headers });
  const unknown = await http.app.inject({ url: '/api/v1/runs/cart:1/log?step=nothing', headers });

  expect(whole.body).toBe('<script>alert(1)</script>\npushed\n');
  expect(whole.headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'content-disposition': 'attachment; filename="cart-1.log"',
  });
  expect(step.body).toBe('pushed\n');
  expect(unknown.json()).toMatchObject({ status: 404, code: 'step-not-found' });
});

test('a live log that is cut off many times is read without loss or repetition', async () => {
  await using http = await startHttp();
  const { headers, url } = await listen(http);
  const { id } = await storeRun(http.db);
  const written = writeLines(http, id, 200);

  const seen: EventSourceMessage[] = [];
  let connections = 0;
  while (seen.at(-1)?.event !== 'end') {
    connections++;
    const lastId = seen.at(-1)?.id;
    const resume = lastId === undefined ? {} : { 'last-event-id': lastId };
    const cutAfter = connections < 8 ? 20 : Number.POSITIVE_INFINITY;
    seen.push(...(await readStream(`${url}/api/v1/runs/${id}/log`, { ...headers, ...resume }, { cutAfter })));
  }
  await written;

  const chunks = seen.filter(({ event }) => event === 'chunk');
  expect(connections).toBe(8);
  expect(chunks.map(({ data }) => JSON.parse(data).text)).toEqual(
    Array.from({ length: 200 }, (_, index) => `line ${index}\n`),
  );
  expect(chunks.map(({ id: seq }) => Number(seq))).toEqual(
    Array.from({ length: 200 }, (_, index) => index + 1),
  );
});

test('a silent stream shows that it lives, and a reader that leaves is let go', async () => {
  let readers = 0;
  await using http = await startHttp({
    heartbeatMs: 20,
    followLog: async function* (wish) {
      readers++;
      try {
        yield* followLog({ store: http.store, ...wish });
      } finally {
        readers--;
      }
    },
  });
  const { headers, url } = await listen(http);
  await storeRun(http.db);
  const leaving = new AbortController();
  const response = await fetch(`${url}/api/v1/runs/cart:1/log`, { headers, signal: leaving.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();

  let text = '';
  while ((text.match(/^: /gm)?.length ?? 0) < 3) text += (await reader?.read())?.value ?? '';
  const before = readers;
  leaving.abort();

  expect(before).toBe(1);
  await waitFor(() => readers === 0, { what: 'the reader to be let go' });
});

test('a server that closes ends live streams without an end event, so that readers come back', async () => {
  await using http = await startHttp();
  const { headers, url } = await listen(http);
  const { id } = await storeRun(http.db);
  await (await openRunLog(http.db, id)).write('first\n');
  const seen: EventSourceMessage[] = [];
  const reading = readStream(`${url}/api/v1/runs/cart:1/log`, headers, { into: seen });
  await waitFor(() => seen.length === 1, { what: 'the first line' });

  await http.app.close();

  expect((await reading).map(({ event }) => event)).toEqual(['chunk']);
});

test('a Last-Event-ID that no stream gave is refused', async () => {
  await using http = await startHttp();
  await storeRun(http.db);
  const headers = { ...(await http.as('read')), 'last-event-id': '7; drop table' };

  const answer = await http.app.inject({ url: '/api/v1/runs/cart:1/log', headers });

  expect(answer.json()).toMatchObject({ status: 400, errors: [{ field: 'headers.last-event-id' }] });
});

test('the lines of a log that hold a text are asked for page by page, of one step or of all', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  const { id } = await storeRun(http.db);
  const log = await openRunLog(http.db, id);
  await log.write('begun\nERROR one\nerr');
  await log.write('no error\n', 'push');
  await log.write('or two\n');
  const search = (query: string) =>
    http.app.inject({ url: `/api/v1/runs/cart:1/log/search?${query}`, headers });

  const first = await search('text=error&limit=2');
  const second = await search(`text=error&after=${first.json().next}`);
  const ofStep = await search('text=error&step=push');
  const wrong = await Promise.all([search('text='), search('text=x&step=nothing')]);

  expect(first.json()).toMatchObject({
    items: [
      { line: 2, step: 'image', text: 'ERROR one' },
      { line: 3, step: 'image', text: 'error two' },
    ],
    next: 3,
  });
  expect(second.json()).toMatchObject({ items: [{ line: 4, step: 'push', text: 'no error' }], next: null });
  expect(ofStep.json()).toMatchObject({ items: [{ line: 1, step: 'push' }], next: null });
  expect(wrong.map((answer) => answer.json().code)).toEqual(['invalid-request', 'step-not-found']);
});

test('a log that the retention policy has removed is not empty but gone, with the date', async () => {
  await using http = await startHttp();
  const headers = await http.as('read');
  await storeRun(http.db);
  await http.db.updateTable('run').set({ log_removed_at: '2026-03-01T12:00:00Z' }).execute();
  const ask = (path: string) => http.app.inject({ url: `/api/v1/runs/cart:1${path}`, headers });

  const answers = await Promise.all([ask('/log'), ask('/log/search?text=x')]);
  const run = await ask('');

  for (const answer of answers) {
    expect(answer.json()).toMatchObject({
      status: 410,
      code: 'log-removed',
      detail: 'The log of cart#1 was removed on 2026-03-01 by the retention policy.',
    });
  }
  expect(run.json().logRemovedAt).toBe('2026-03-01T12:00:00.000Z');
});

async function writeLines(http: HttpFixture, runId: string, lines: number): Promise<void> {
  const log = await openRunLog(http.db, runId);
  for (let index = 0; index < lines; index++) await log.write(`line ${index}\n`);
  await endRun(http.db, 'succeeded', '');
}

test('two searches of a token are made at a time; a third one is told to wait, another caller is not', async () => {
  const released = Promise.withResolvers<void>();
  let begun = 0;
  async function* readLog() {
    begun += 1;
    await released.promise;
    yield { seq: 1, stepId: 'image', at: new Date(), text: 'found\n' };
  }
  await using http = await startHttp({ readLog });
  await storeRun(http.db);
  const [headers, others] = [await http.as('read'), await http.as('admin')];
  const search = (who: typeof headers) =>
    http.app.inject({ url: '/api/v1/runs/cart:1/log/search?text=found', headers: who });
  const first = [search(headers), search(headers)];
  for (const one of first) one.catch(() => undefined);
  await waitFor(async () => begun === 2, { what: 'two searches' });

  const third = await search(headers);
  const another = search(others);
  await waitFor(async () => begun === 3, { what: "another caller's search" });
  released.resolve();

  expect(third.json()).toMatchObject({ status: 429, code: 'too-many-searches' });
  const ended = await Promise.all([...first, another]);
  expect(ended.map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
  expect((await search(headers)).statusCode).toBe(200);
});
