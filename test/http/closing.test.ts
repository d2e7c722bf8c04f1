import { connect, type Socket } from 'node:net';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { dayOf, ensureLogPartition } from '../../src/store/log-partitions.ts';
import { waitFor } from '../support/wait-for.ts';
import { listen } from './read-stream.ts';
import { startHttp, storeRun } from './start-http.ts';

test('a reader that has stopped to read does not hold up the end of the server', async () => {
  await using http = await startHttp();
  const { id } = await storeRun(http.db);
  const today = dayOf(new Date());
  await ensureLogPartition(http.db, today);
  await sql`
    insert into log_chunk (day, run_id, seq, step_id, at, text)
    select ${today}::date, ${id}, n, 'image', clock_timestamp(), repeat(md5(n::text), 900) || chr(10)
    from generate_series(1, 800) as n`.execute(http.db);
  const { url, headers } = await listen(http);
  const sockets: Socket[] = [];
  http.app.server.on('connection', (socket: Socket) => sockets.push(socket));
  const reader = connect(Number(new URL(url).port), '127.0.0.1');
  const lines = Object.entries({ host: 'trunkline', ...headers }).map(([name, value]) => `${name}: ${value}`);
  reader.on('error', () => undefined).once('data', () => reader.pause());
  reader.write([`GET /api/v1/runs/${id}/log HTTP/1.1`, ...lines, '', ''].join('\r\n'));
  await waitFor(() => sockets.some((socket) => socket.writableNeedDrain), {
    what: 'the reader to be behind',
  });

  const asked = performance.now();
  await http.app.close();
  reader.destroy();

  expect(performance.now() - asked).toBeLessThan(20_000);
});
