import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { askTestRun } from './ask-test-run.ts';

export type Postgres = AsyncDisposable & {
  /** postgres://... of a database that is empty and that nobody else uses. */
  url: string;
};

/**
 * A fresh, empty database on the test run's server, dropped (with whoever is still connected) when disposed.
 * A test that stops or kills the server takes `startPostgresServer` instead.
 */
export async function startPostgres(): Promise<Postgres> {
  const server = await askTestRun('postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(server, `create database ${name}`);
  return {
    url: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    [Symbol.asyncDispose]: () => execute(server, `drop database if exists ${name} with (force)`),
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
