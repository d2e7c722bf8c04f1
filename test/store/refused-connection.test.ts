import { createServer } from 'node:net';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { freePort } from '../support/free-port.ts';

test.for([
  {
    what: 'that has no space left',
    ...{ state: '53100', code: 'disk-full', isRetryable: true },
    message: 'The database could not write: its disk is full',
  },
  {
    what: 'that does not know the password',
    ...{ state: '28P01', code: 'database-unreachable', isRetryable: false },
    message: 'The database refuses the connection (SQLSTATE 28P01)',
  },
])('a database $what says so', async ({ state, message, code, isRetryable }) => {
  await using server = await refusingServer(state);
  await using store = openDatabase({ url: server.url, applicationName: 'test', patienceMs: 100 });

  const asked = sql`select 1`.execute(store.db);

  await expect(asked).rejects.toMatchObject({ message, code, isRetryable });
});

/** As PostgreSQL does before it has a process for the connection; a real one does so at moments that nobody can choose. */
async function refusingServer(state: string) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      const fields = Buffer.from(`SFATAL\0VFATAL\0C${state}\0Mno\0\0`);
      const head = Buffer.alloc(5);
      head.write('E');
      head.writeInt32BE(fields.length + 4, 1);
      socket.end(Buffer.concat([head, fields]));
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `postgresql://somebody@127.0.0.1:${port}/test`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
