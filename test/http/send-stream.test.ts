import { once } from 'node:events';
import { connect } from 'node:net';
import { fastify } from 'fastify';
import { expect, test, vi } from 'vitest';
import { sendStream } from '../../src/http/send-stream.ts';
import { openDatabase } from '../../src/store/database.ts';
import { waitFor } from '../support/wait-for.ts';

test('for a reader that has left before its stream begins nothing goes on', async () => {
  const heartbeatMs = 54_321;
  const begun = vi.spyOn(globalThis, 'setInterval');
  const ended = vi.spyOn(globalThis, 'clearInterval');
  await using store = openDatabase({ url: 'postgres://127.0.0.1:1/none', applicationName: 'test' });
  await using app = fastify();
  const timer = Promise.withResolvers<unknown>();
  app.get('/', async (_request, reply) => {
    await once(reply.raw, 'close');
    const { signal: closing } = new AbortController();
    sendStream(reply, { db: store.db, closing, heartbeatMs }, async function* () {});
    timer.resolve(begun.mock.results[begun.mock.calls.findIndex(([, ms]) => ms === heartbeatMs)]?.value);
    return reply;
  });
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  const reader = connect(Number(port), '127.0.0.1');
  reader.write('GET / HTTP/1.1\r\nhost: trunkline\r\n\r\n', () => reader.resetAndDestroy());

  const asking = await timer.promise;

  expect(asking).toBeDefined();
  await waitFor(() => ended.mock.calls.some(([one]) => one === asking), { what: 'the asking to end' });
  vi.restoreAllMocks();
});
