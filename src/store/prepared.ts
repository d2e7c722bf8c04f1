import { CompiledQuery } from 'kysely';
import type { Db } from './database.ts';

/** A statement whose text is always the same: parsed and planned once on each connection, and never put together anew. */
export function prepared<Row>(
  name: string,
  text: string,
): (db: Db, values: readonly unknown[]) => Promise<Row[]> {
  const query = `/* prepared: ${name} */ ${text}`;
  return async (db, values) => {
    const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(query, [...values]));
    return rows;
  };
}
