import type { Readable } from 'node:stream';
import type pg from 'pg';
import { z } from 'zod';
import { sqlStateOf } from '../sql-state.ts';
import { connectForCopy } from './connect.ts';
import { copyOut } from './copy-out.ts';
import { type CopiedTable, copyTarget, listSequences, listTables, type Sequence } from './tables.ts';

/** The content of a database at one moment. */
export interface Dump extends AsyncDisposable {
  takenAt: Date;
  /** Names of the migrations that have made its tables. */
  migrations: string[];
  tables: CopiedTable[];
  /** The rows of a table; a day of the log that is removed meanwhile has none. */
  rowsOf(table: CopiedTable): AsyncIterable<Buffer>;
  /** To be asked for last: none is behind the rows then. */
  sequences(): Promise<Sequence[]>;
}

/**
 * Looks at a database as it is now, for as long as it takes, while others go on writing. A table is locked, against its
 * removal, only while it is read.
 * @throws Fault `database-unreachable`
 */
export async function openDump(url: string): Promise<Dump> {
  await using opening = new AsyncDisposableStack();
  const keeper = opening.use(await connectForCopy(url));
  await keeper.query('begin isolation level repeatable read read only');
  const { rows } = await keeper.query(
    `select pg_export_snapshot() as snapshot, now() as "takenAt",
       array(select name::text from trunkline.migration order by name) as migrations`,
  );
  const { snapshot, ...facts } = opened.parse(rows[0]);
  const tables = await listTables(keeper);
  const reader = opening.use(await connectForCopy(url));
  const owned = opening.move();
  return {
    ...facts,
    tables,
    rowsOf: (table) => rowsOf(reader, snapshot, table),
    sequences: () => listSequences(keeper),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const opened = z.object({ snapshot: z.string(), takenAt: z.date(), migrations: z.array(z.string()) });

async function* rowsOf(
  reader: pg.Client,
  snapshot: string,
  { name, columns }: CopiedTable,
): AsyncGenerator<Buffer> {
  await reader.query('begin isolation level repeatable read read only');
  await reader.query(`set transaction snapshot '${snapshot}'`);
  try {
    yield* copyOut(reader, copyTarget(name, columns)) as Readable & AsyncIterable<Buffer>;
  } catch (error) {
    if (sqlStateOf(error) !== undefinedTable) throw error;
  }
  await reader.query('rollback');
}

const undefinedTable = '42P01';
