import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import { Fault } from '../domain/fault.ts';
import { asDatabaseFault, isConnectionLoss, sqlStateOf } from './sql-state.ts';

export interface ConnectionOptions {
  url: string;
  applicationName: string;
  /** The server ends a statement that takes longer; 0 for none. */
  statementTimeoutMs: number;
}

/**
 * Settings shared by every connection: tables are found in schema `trunkline`, `bigint` is read as a number, `date`
 * as `YYYY-MM-DD`, and nothing waits forever. A transaction left open (its process was stopped) is ended by the
 * server after 10 s, so that it cannot keep a lease's row locked.
 */
export function connectionConfig(options: ConnectionOptions): pg.ClientConfig {
  const settings = {
    search_path: 'trunkline',
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: 10_000,
  };
  return {
    ...connectWith(settings, options.url),
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...(options.statementTimeoutMs > 0 && { query_timeout: options.statementTimeoutMs * 1.2 }),
    types: { getTypeParser },
  };
}

/**
 * How to connect to a database with these settings, beside those of its URL. Where PostgreSQL comes with a compiler for
 * queries, as most distributions bring it, that would take seconds for one that is executed in a millisecond: it is left out.
 */
export function connectWith(
  settings: Readonly<Record<string, string | number>>,
  databaseUrl: string,
): { connectionString: string; options: string } {
  const url = new URL(databaseUrl);
  const given = url.searchParams.get('options') ?? '';
  // What stands in the URL would win over `options`.
  url.searchParams.delete('options');
  const all = Object.entries({ ...settings, jit: 'off' }).map(([name, value]) => `-c ${name}=${value}`);
  return { connectionString: url.href, options: [given, ...all].join(' ').trim() };
}

/** A pool of at most `size` connections, one of which is kept when idle. */
export function makePool(config: pg.ClientConfig, size: number): pg.Pool {
  const pool = new pg.Pool({ ...config, max: size, min: 1, idleTimeoutMillis: 10_000 });
  // Without listeners, a connection that the server ends would end this process. The pool replaces an idle one; of
  // one in use, the next query tells.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

export interface PatientPoolOptions {
  pool: pg.Pool;
  /** How long to go on trying for a connection. */
  patienceMs: number;
  /** Ends the waiting. */
  signal: AbortSignal;
}

/**
 * A pool that rides out a database that is away for a while: getting a connection is tried again (nothing has been
 * executed yet, so this is always safe), a query that was under way fails with a `Fault`, and its connection is
 * thrown away.
 */
export function patientPool({ pool, patienceMs, signal }: PatientPoolOptions): PostgresPool {
  let inUse = 0;
  const take = async (): Promise<PostgresPoolClient> => {
    const client = await pool.connect();
    inUse++;
    return new GuardedClient(client, () => inUse--);
  };
  const faultOf = (error: unknown, waitedMs: number): Fault =>
    inUse < pool.options.max ? connectFault(error) : busyFault(error, { inUse, waitedMs });
  async function connect(): Promise<PostgresPoolClient> {
    const began = performance.now();
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
      try {
        return await take();
      } catch (error) {
        const waitedMs = performance.now() - began;
        const fault = faultOf(error, waitedMs);
        if (!fault.isRetryable || signal.aborted || waitedMs + pauseMs > patienceMs) throw fault;
      }
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
  return { connect, end: () => pool.end(), options: pool.options };
}

/** The database may well be there: what keeps this process from it are its own questions. */
function busyFault(cause: unknown, { inUse, waitedMs }: { inUse: number; waitedMs: number }): Fault {
  const seconds = Math.max(1, Math.round(waitedMs / 1000));
  return new Fault(
    'database-unreachable',
    `No connection to the database was free within ${seconds} s: all ${inUse} were at work`,
    {
      cause,
      hint: 'PostgreSQL answers slowly, or there is more to do than it can: look at its load and its disk, or at what else uses it.',
    },
  );
}

/** Why no connection could be made. Retryable unless the server answered and refused for good. */
function connectFault(error: unknown): Fault {
  const known = asDatabaseFault(error);
  if (known instanceof Fault && known.code === 'disk-full') return known;
  const refusal = isConnectionLoss(error) ? undefined : sqlStateOf(error);
  if (refusal === undefined) {
    return new Fault('database-unreachable', 'Cannot reach the database', {
      cause: error,
      hint: 'Check that PostgreSQL runs and that DATABASE_URL names it.',
    });
  }
  return new Fault('database-unreachable', `The database refuses the connection (SQLSTATE ${refusal})`, {
    cause: error,
    hint: 'Check the user, the password and the database name in DATABASE_URL.',
    isRetryable: false,
  });
}

class GuardedClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #released: () => void;
  #isLost = false;

  constructor(client: pg.PoolClient, released: () => void) {
    this.#client = client;
    this.#released = released;
  }

  query<R>(sql: string, parameters: ReadonlyArray<unknown>): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    query: string | PostgresCursor<R>,
    parameters: ReadonlyArray<unknown> = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof query !== 'string') throw new TypeError('Cursors are not supported');
    return this.#run<R>(query, parameters);
  }

  release(destroy?: boolean): void {
    this.#released();
    this.#client.release(destroy === true || this.#isLost);
  }

  async #run<R>(sql: string, parameters: ReadonlyArray<unknown>): Promise<PostgresQueryResult<R>> {
    try {
      const name = preparedName.exec(sql)?.groups?.name;
      const query = { text: sql, values: [...parameters], ...(name === undefined ? {} : { name }) };
      const { command, rowCount, rows } = await this.#client.query(query);
      return { command: command as PostgresQueryResult<R>['command'], rowCount: rowCount ?? 0, rows };
    } catch (error) {
      this.#isLost ||= isConnectionLoss(error) || sqlStateOf(error) === outdatedPlan;
      throw asDatabaseFault(error);
    }
  }
}

/** A newer Trunkline has changed the tables since a statement was prepared on this connection: the next one is new. */
const outdatedPlan = '0A000';

/** A statement that begins with this comment is parsed and planned once on each connection, under that name. */
const preparedName = /^\/\* prepared: (?<name>[a-z-]+) \*\//;

const bigintOid = 20;
const dateOid = 1082;

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === bigintOid) return Number;
  if (oid === dateOid) return String;
  return pg.types.getTypeParser(oid, format);
}
