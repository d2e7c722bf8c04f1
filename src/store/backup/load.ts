import type pg from 'pg';
import { Fault } from '../../domain/fault.ts';
import { connectForCopy } from './connect.ts';
import { copyIn } from './copy-in.ts';
import { type CopiedTable, copyTarget, listTables, quoted, type Sequence } from './tables.ts';

/** Fills the tables of a database. Nothing of it is there before `finish`. */
export interface Load extends AsyncDisposable {
  /** @param rows whole ones */
  add(table: CopiedTable, rows: Buffer): Promise<void>;
  /** Checks what belongs together, and keeps it all. */
  finish(sequences: readonly Sequence[]): Promise<void>;
}

/**
 * @param url of a database whose tables are those of the dump: made by the same migrations
 * @throws Fault `database-unreachable`
 */
export async function openLoad(url: string): Promise<Load> {
  await using opening = new AsyncDisposableStack();
  const client = opening.use(await connectForCopy(url));
  await client.query('begin');
  const tables = await listTables(client);
  const names = new Set(tables.map(({ name }) => name));
  const foreignKeys = await takeForeignKeys(client);
  for (const name of names) await client.query(`alter table trunkline.${quoted(name)} disable trigger user`);
  // Migrations may have put something into them.
  await client.query(`truncate ${tables.map(({ name }) => `trunkline.${quoted(name)}`).join(', ')}`);
  const owned = opening.move();
  return {
    async add(table, rows) {
      const { name, columns } = table;
      if (table.parent === log) await makeDay(client, name);
      else if (!names.has(name))
        throw new Fault('internal', `This Trunkline has no table ${name}, which is in the backup`);
      await copyIn(client, copyTarget(name, columns), only(rows));
    },
    async finish(sequences) {
      for (const { name, last } of sequences)
        await client.query('select setval($1::regclass, $2)', [`trunkline.${quoted(name)}`, last]);
      for (const name of names)
        await client.query(`alter table trunkline.${quoted(name)} enable trigger user`);
      for (const key of foreignKeys) await client.query(key);
      await client.query('commit');
      await client.query('analyze');
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const log = 'log_chunk';

/** Tables come in any order; what points where is checked when all are there. @returns what makes the keys again */
async function takeForeignKeys(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ owner: string; name: string; definition: string }>(
    `select conrelid::regclass::text as owner, conname as name, pg_get_constraintdef(oid) as definition
     from pg_constraint
     where contype = 'f' and connamespace = 'trunkline'::regnamespace and conparentid = 0`,
  );
  for (const { owner, name } of rows)
    await client.query(`alter table ${owner} drop constraint ${quoted(name)}`);
  return rows.map(
    ({ owner, name, definition }) => `alter table ${owner} add constraint ${quoted(name)} ${definition}`,
  );
}

async function makeDay(client: pg.Client, name: string): Promise<void> {
  const day = /^log_chunk_(\d{4})(\d\d)(\d\d)$/.exec(name)?.slice(1).join('-');
  if (day === undefined) throw new Fault('internal', `The backup has a part of the log of no day: ${name}`);
  await client.query(
    `create table if not exists trunkline.${quoted(name)} partition of trunkline.log_chunk
     for values from ('${day}') to (('${day}'::date + 1)::date)`,
  );
}

async function* only(rows: Buffer): AsyncGenerator<Buffer> {
  yield rows;
}
