import pg from 'pg';
import { migrateDatabase } from '../../src/store/migrate.ts';

/** The database on the test run's server that those of the tests are copies of. */
export const templateDatabase = 'test_template';

/** Makes it on the server with this URL. Nobody can connect to it: while somebody does, PostgreSQL copies nothing. */
export async function makeTemplateDatabase(server: string): Promise<void> {
  await execute(server, `create database ${templateDatabase}`);
  await migrateDatabase({ url: Object.assign(new URL(server), { pathname: `/${templateDatabase}` }).href });
  await execute(server, `alter database ${templateDatabase} allow_connections false`);
}

export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
