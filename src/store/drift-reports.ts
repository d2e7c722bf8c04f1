import { type Selectable, sql } from 'kysely';
import type { ObjectDrift } from '../domain/drift.ts';
import type { Db } from './database.ts';
import type { DriftReportTable } from './drift-table.ts';

export type DriftReportRow = Selectable<DriftReportTable>;

/** Undefined until somebody looks for the first time. */
export async function readDriftReport(db: Db, environment: string): Promise<DriftReportRow | undefined> {
  return db.selectFrom('drift_report').selectAll().where('environment', '=', environment).executeTakeFirst();
}

/** Asks for a look as soon as a worker can. */
export async function wantDriftReport(db: Db, environment: string): Promise<DriftReportRow> {
  const wanted_at = sql<Date>`clock_timestamp()`;
  return db
    .insertInto('drift_report')
    .values({ environment, objects: '[]', wanted_at })
    .onConflict((conflict) => conflict.column('environment').doUpdateSet({ wanted_at }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export interface DriftClaim {
  environment: string;
  /** null: only when it was asked for. */
  everyMs: number | null;
  /** For how long nobody else looks. */
  ttlMs: number;
}

/**
 * Takes the look at an environment that is due: because it was asked for, or because the last one, or the first
 * deployment, is long enough ago.
 * @returns when it was taken; null: none is due, or another worker looks
 */
export async function claimDriftReport(db: Db, claim: DriftClaim): Promise<Date | null> {
  const { environment, everyMs, ttlMs } = claim;
  await db
    .insertInto('drift_report')
    .values({ environment, objects: '[]' })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const isDue = sql<boolean>`(wanted_at is not null or ${everyMs}::bigint is not null
    and coalesce(looked_at, (
      select min(ended_at) from deployment where environment = ${environment} and outcome = 'succeeded'
    )) < clock_timestamp() - ${everyMs ?? 0} * interval '1 millisecond')`;
  const row = await db
    .updateTable('drift_report')
    .set({ claimed_until: sql`clock_timestamp() + ${ttlMs} * interval '1 millisecond'` })
    .where('environment', '=', environment)
    .where(sql<boolean>`(claimed_until is null or claimed_until < clock_timestamp())`)
    .where(isDue)
    .returning(sql<Date>`clock_timestamp()`.as('at'))
    .executeTakeFirst();
  return row?.at ?? null;
}

/** Keeps what a look has found; what was asked for after it began is still to be done. */
export async function storeDriftReport(
  db: Db,
  { environment, takenAt, ...found }: { environment: string; takenAt: Date } & DriftFound,
): Promise<void> {
  await db
    .updateTable('drift_report')
    .set({
      looked_at: sql`clock_timestamp()`,
      ...('objects' in found
        ? { objects: JSON.stringify(found.objects), problem: null }
        : { problem: found.problem }),
      wanted_at: sql`case when wanted_at > ${takenAt} then wanted_at end`,
      claimed_until: null,
    })
    .where('environment', '=', environment)
    .execute();
}

/** `problem`: nothing could be found out, and what was found before is kept. */
export type DriftFound = { objects: ObjectDrift[] } | { problem: string };
