import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { fillTables } from '../../bench/large-database.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { takeUntoldRun } from '../../src/store/commit-statuses.ts';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { explainEvent } from '../../src/triggers/explain-event.ts';
import { pipelineOf } from '../runs/engine-under-test.ts';
import { startHttp } from './start-http.ts';

const runs = 6_000;
/** Far from what a page needs, and from all there is. */
const mostRows = 2_500;

const paths = [
  ...['/runs', '/runs?pipeline=service-42', '/runs?branch=branches/none', '/runs?branch=trunk'],
  ...['/runs?status=running', '/runs?status=cancelled', '/runs?status=succeeded', '/runs?status=queued'],
  ...['/runs/service-42:latest', '/runs/service-42:7', '/runs/service-42:7/history'],
  ...['/pipelines/service-42', '/environments/production?limit=10', '/repositories', '/workers'],
  ...['/events', '/events?repository=none', '/events/event-2000'],
];

test('however many runs there are, neither a page of the API nor what tells Git servers reads a table from end to end', async () => {
  const pipeline = pipelineOf({ id: 'image', kind: 'build' }, { id: 'push', kind: 'push' }, 'live');
  const entry = { name: 'service-42', file: '/pipelines/service-42.yaml', source: '', pipeline };
  const rest = { problems: () => [], awaited: () => [], file: () => undefined };
  const catalogue = { list: () => [entry], get: () => entry, ...rest };
  await using http = await startHttp({ catalogue });
  await fillTables(http.db, pipeline, runs);
  await sql`analyze`.execute(http.db);
  // Of one connection PostgreSQL tells at once what it has read.
  await using store = openDatabase({ url: http.databaseUrl, applicationName: 'test', poolSize: 1 });
  const { db } = store;
  const app = await createHttpServer({ ...http.parts, db, explainEvent: (id) => explainEvent(db, id) });
  await using _app = { [Symbol.asyncDispose]: () => app.close() };
  const headers = await http.as('read');
  const { body } = await app.inject({ url: '/api/v1/runs?limit=200', headers });
  const deep = `/runs?cursor=${JSON.parse(body).next}`;

  const read: Record<string, number> = {};
  for (const url of [...[...paths, deep].map((path) => `/api/v1${path}`), '/metrics']) {
    const before = await rowsRead(db);
    const { statusCode } = await app.inject({ url, headers });
    expect(`${url} ${statusCode}`).toBe(`${url} 200`);
    read[url] = (await rowsRead(db)) - before;
  }
  const before = await rowsRead(db);
  await takeUntoldRun(db, { repository: 'shop', holdMs: 30_000 });
  read['the status of a commit'] = (await rowsRead(db)) - before;

  expect(Object.entries(read).filter(([, rows]) => rows > mostRows)).toEqual([]);
});

/** Of all tables, through an index or not, by this connection and all that were closed. */
async function rowsRead(db: Db): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(db);
  const { rows } = await sql<{ rows: number }>`
    select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::float8 as rows from pg_stat_user_tables
    where schemaname = 'trunkline'`.execute(db);
  return rows[0]?.rows ?? 0;
}
