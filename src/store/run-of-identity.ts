import type { Db } from './database.ts';

/** The id of the run that was made with this identity; none for null, which says that nothing else is the same. */
export async function runOfIdentity(db: Db, identity: string | null): Promise<string | undefined> {
  if (identity === null) return undefined;
  const row = await db.selectFrom('run').select('id').where('identity', '=', identity).executeTakeFirst();
  return row?.id;
}
