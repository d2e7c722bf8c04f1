import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { readLog } from '../../src/logs/log-reader.ts';
import { logDayOf } from '../../src/store/log-chunks.ts';
import { ensureLogPartition } from '../../src/store/log-partitions.ts';
import { startHttp, storeRun } from '../http/start-http.ts';

test('a log of many pieces, small and large, is read whole and in order', async () => {
  await using http = await startHttp();
  const { id } = await storeRun(http.db);
  const day = (await logDayOf(http.db, id)) ?? '';
  await ensureLogPartition(http.db, day);
  const pieces = async (from: number, to: number, bytes: number) =>
    sql`
      insert into log_chunk (day, run_id, seq, step_id, at, text)
      select ${day}, ${id}, n, 'image', now(), lpad(n::text, ${bytes}::int, '.')
      from generate_series(${from}::int, ${to}::int) as n`.execute(http.db);
  await pieces(1, 2_100, 10);
  await pieces(2_101, 2_180, 30_000);

  const read = await Array.fromAsync(readLog(http.db, { runId: id }));

  expect(read.map(({ seq }) => seq)).toEqual(Array.from({ length: 2_180 }, (_, index) => index + 1));
  expect(read.at(-1)?.text).toMatch(/^\.+2180$/);
});
