import { randomBytes } from 'node:crypto';
import { askTestRun } from './ask-test-run.ts';
import { execute, templateDatabase } from './template-database.ts';

export type Postgres = AsyncDisposable & {
  /** postgres://... of a database that is empty and that nobody else uses. */
  url: string;
};

/**
 * A fresh, empty database on the test run's server, dropped (with whoever is still connected) when disposed.
 * A test that stops or kills the server takes `startPostgresServer` instead.
 */
export function startPostgres(): Promise<Postgres> {
  return createDatabase('template1');
}

/** As `startPostgres`, with the tables of this version in it: a copy, which takes a tenth of making them. */
export function startDatabase(): Promise<Postgres> {
  return createDatabase(templateDatabase);
}

async function createDatabase(template: string): Promise<Postgres> {
  const server = await askTestRun('postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(server, `create database ${name} template ${template}`);
  return {
    url: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    [Symbol.asyncDispose]: () => execute(server, `drop database if exists ${name} with (force)`),
  };
}
