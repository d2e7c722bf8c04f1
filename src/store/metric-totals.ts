import { type RawBuilder, sql } from 'kysely';
import type { Db } from './database.ts';
import { endedSamples, type MetricTotal } from './ended-samples.ts';

/** Whatever has ended before is committed by then: no statement and no open transaction lasts so long. */
const settledAfterMs = 60_000;

/**
 * All that has ended since the totals began, counted, to the moment: what is in the totals, and what has ended since.
 * Every server tells the same, a restart forgets nothing, and no count ever gets smaller.
 */
export async function readTotals(db: Db): Promise<MetricTotal[]> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const { counted_until: since } = await tx
        .selectFrom('metric_mark')
        .select(sql<string>`counted_until::text`.as('counted_until'))
        .executeTakeFirstOrThrow();
      const { rows } = await sql<MetricTotal>`
        select name, labels, le, sum(count)::float8 as count, sum(sum)::float8 as sum
        from (
          select name, labels, le, count, sum from metric_total
          union all ${endedSamples(sql`${since}::timestamptz`, sql`'infinity'`)}) as sample
        group by name, labels, le
        order by name, labels, le`.execute(tx);
      return rows;
    });
}

/** Adds what has ended since the last time to the totals. Several servers may do so at once: one does it, the others go on. */
export async function countEnded(db: Db): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const mark = await tx
      .selectFrom('metric_mark')
      .select([
        sql<string>`counted_until::text`.as('from'),
        sql<string>`(clock_timestamp() - ${settledAfterMs} * interval '1 millisecond')::text`.as('to'),
      ])
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (mark === undefined || new Date(mark.to) <= new Date(mark.from)) return;
    await addTotals(tx, sql`${mark.from}::timestamptz`, sql`${mark.to}::timestamptz`);
    await sql`update metric_mark set counted_until = ${mark.to}::timestamptz`.execute(tx);
  });
}

async function addTotals(tx: Db, from: RawBuilder<unknown>, to: RawBuilder<unknown>): Promise<void> {
  await sql`
    insert into metric_total (name, labels, le, count, sum) ${endedSamples(from, to)}
    on conflict (name, labels, le) do update
    set count = metric_total.count + excluded.count, sum = metric_total.sum + excluded.sum`.execute(tx);
}
