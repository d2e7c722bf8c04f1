import type pg from 'pg';
import { z } from 'zod';

/** A table as it is copied. Days of the log are tables of their own, which lie in `parent`. */
export const copiedTable = z.strictObject({
  name: z.string(),
  parent: z.string().nullable(),
  columns: z.array(z.string()),
  /** What it takes on the disk, in bytes; roughly what is to be copied. */
  size: z.number(),
});
export type CopiedTable = z.infer<typeof copiedTable>;

export const sequence = z.strictObject({ name: z.string(), last: z.number() });
export type Sequence = z.infer<typeof sequence>;

/**
 * What is not copied: migrations, which are made again; who is logged in; the workers of now. The queue is in a schema of
 * its own, and made again as well.
 */
const left = ['migration', 'migration_lock', 'session', 'worker'];

/** All tables of Trunkline that hold something of their own. */
export async function listTables(client: pg.Client): Promise<CopiedTable[]> {
  const { rows } = await client.query(
    `select class.relname as name, parent.relname as parent,
       pg_table_size(class.oid)::float8 as size,
       (select array_agg(attname::text order by attnum) from pg_attribute
        where attrelid = class.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
     from pg_class class
       left join pg_inherits on inhrelid = class.oid
       left join pg_class parent on parent.oid = inhparent
     where class.relnamespace = 'trunkline'::regnamespace and class.relkind = 'r' and class.relname <> all ($1)
     order by class.relname`,
    [left],
  );
  return z.array(copiedTable).parse(rows);
}

export async function listSequences(client: pg.Client): Promise<Sequence[]> {
  const { rows } = await client.query(
    `select sequencename::text as name, last_value::float8 as last from pg_sequences
     where schemaname = 'trunkline' and last_value is not null order by 1`,
  );
  return z.array(sequence).parse(rows);
}

/** A table with its columns, as COPY wants it. */
export function copyTarget(table: string, columns: readonly string[]): string {
  return `trunkline.${quoted(table)} (${columns.map(quoted).join(', ')})`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
