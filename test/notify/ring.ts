import type { Db } from '../../src/store/database.ts';

/** The database tells of what is different, as the server's own statements do. */
export async function ring(db: Db, run: string): Promise<void> {
  const payload = JSON.stringify({ run, what: 'state' });
  await db
    .selectNoFrom((eb) => eb.fn('pg_notify', [eb.val('trunkline_run'), eb.val(payload)]).as('x'))
    .execute();
}
