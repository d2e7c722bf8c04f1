import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import pg from 'pg';

/** A process that answers each request once one INSERT of it is durable, and does nothing else; tells its port. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
const server = createServer(async (request, response) => {
  const body = JSON.stringify(await json(request));
  await pool.query('insert into bare_hook (id, body) values ($1, $2)', [randomUUID(), body]);
  response.writeHead(202).end();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
