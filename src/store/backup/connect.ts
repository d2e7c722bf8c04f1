import pg from 'pg';
import { connectionConfig } from '../connection.ts';
import { asDatabaseFault } from '../sql-state.ts';

/** A connection of its own, on which nothing has a time limit; closed when disposed, also in the middle of a COPY. */
export async function connectForCopy(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client(
    connectionConfig({ url, applicationName: 'trunkline backup', statementTimeoutMs: 0 }),
  );
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('set idle_in_transaction_session_timeout = 0');
  } catch (error) {
    throw asDatabaseFault(error);
  }
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end().catch(() => undefined) });
}
