import { sql } from 'kysely';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { canMount, smallDisk } from '../support/small-disk.ts';
import { waitFor } from '../support/wait-for.ts';

const logger = pino({ level: 'silent' });

test.runIf(canMount)('a full disk stops the making of a database with how much is missing', async () => {
  await using disk = await smallDisk('60m');

  const start = startEmbeddedPostgres({ dataDir: disk.path, logger });

  await expect(start).rejects.toMatchObject({
    code: 'disk-full',
    message: expect.stringMatching(/\d+ MiB are free in .*, 128 are needed/),
  });
});

test.runIf(canMount)(
  'a disk that fills up is a fault, and work goes on when there is space again',
  async () => {
    await using disk = await smallDisk('200m');
    await using database = await startEmbeddedPostgres({ dataDir: disk.path, logger });
    await using store = openDatabase({ url: database.url, applicationName: 'test', patienceMs: 500 });
    await sql`create schema trunkline create table filling (text text)`.execute(store.db);
    const insert = () =>
      sql`insert into filling select string_agg(md5(random()::text), '') from generate_series(1, 40000)`.execute(
        store.db,
      );
    await disk.fill();

    const fault = await waitFor(
      () =>
        insert().then(
          () => undefined,
          (error: unknown) => error,
        ),
      {
        what: 'a write that fails',
        everyMs: 0,
      },
    );
    await disk.free();

    expect(fault).toMatchObject({
      name: 'Fault',
      code: expect.stringMatching(/^(disk-full|database-unreachable)$/),
    });
    await waitFor(() => insert().then(() => true), { what: 'a write that succeeds' });
  },
);
