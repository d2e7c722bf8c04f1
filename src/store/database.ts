import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Channel } from './channels.ts';
import { connectionConfig, makePool, patientPool } from './connection.ts';
import { Listener, type NoticeHandler } from './listener.ts';
import type { Database } from './schema.ts';

/** What reads and writes tables. A transaction is a `Db` too: functions that take one work inside and outside. */
export type Db = Kysely<Database>;

export interface Store extends AsyncDisposable {
  readonly db: Db;
  /**
   * Calls `handler` for every notification on `channel`, from the moment the promise resolves, until the returned
   * function is called. After a dropped connection it is called with `null`: read the tables again.
   */
  listen(channel: Channel, handler: NoticeHandler): Promise<() => Promise<void>>;
  /** Sends a notification; with a transaction as `db`, when that commits. At most 8,000 bytes. */
  notify(channel: Channel, payload: string, db?: Db): Promise<void>;
  /** Ends every connection; queries under way are finished first. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** `postgresql://...`; the folder of a Unix socket is the percent-encoded host. */
  url: string;
  /** Connections at most, the one for LISTEN not counted. Default 8. */
  poolSize?: number;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  /** How long a query waits for a database that is away. Default 12 s. */
  patienceMs?: number;
  /** What takes longer is ended, with its connection where that does not answer. Default 30 s. */
  statementTimeoutMs?: number;
}

/**
 * Opens the database without connecting yet. While it is away, queries wait up to `patienceMs` and then fail with
 * `Fault('database-unreachable')`; a query or transaction that was under way when the connection dropped fails with
 * it at once, and may or may not have been committed.
 */
export function openDatabase(options: StoreOptions): Store {
  const { statementTimeoutMs = 30_000 } = options;
  const config = connectionConfig({ ...options, statementTimeoutMs });
  const closing = new AbortController();
  const listener = new Listener(config);
  const db: Db = new Kysely<Database>({
    dialect: new PostgresDialect({
      pool: async () =>
        patientPool({
          pool: makePool(config, options.poolSize ?? 8),
          patienceMs: options.patienceMs ?? 12_000,
          signal: closing.signal,
        }),
    }),
  });
  const close = async () => {
    closing.abort();
    await Promise.all([listener.close(), db.destroy()]);
  };
  return {
    db,
    listen: (channel, handler) => listener.listen(channel, handler),
    notify: async (channel, payload, within = db) => {
      await sql`select pg_notify(${channel}, ${payload})`.execute(within);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
