import { sql } from 'kysely';
import { durationText } from '../domain/duration.ts';
import type { Db } from './database.ts';
import { lockGroupOf } from './run-queueing.ts';
import { endQueuedRun } from './runs.ts';

interface WaitingRun {
  id: string;
  number: number;
  maxQueue: number | null;
  queueTimeoutMs: number | null;
  waitedMs: number;
}

/**
 * Ends runs that have waited for longer than their pipeline lets them, and the oldest of those that are too many. Any number of
 * processes may do so at once.
 * @returns how many have ended
 * @throws the first of what went wrong, after every group has had its turn
 */
export async function keepQueueRules(db: Db): Promise<number> {
  const { rows } = await sql<{ id: string; group: string }>`
    select distinct on (concurrency_group) id, concurrency_group as "group" from run
    where state = 'queued' and ${hasRule} order by concurrency_group, number`.execute(db);
  let count = 0;
  const errors: unknown[] = [];
  for (const { id, group } of rows) {
    try {
      count += await keepRulesOf(db, id, group);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return count;
}

/** As the index `run_queue_rule` has it. */
const hasRule = sql<boolean>`(
  definition #> '{concurrency,maxQueue}' is not null or definition #> '{concurrency,queueTimeoutMs}' is not null)`;

function keepRulesOf(db: Db, runId: string, group: string): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await lockGroupOf(tx, runId);
    const { rows } = await sql<WaitingRun>`
      select id, number, (definition #>> '{concurrency,maxQueue}')::integer as "maxQueue",
        (definition #>> '{concurrency,queueTimeoutMs}')::float8 as "queueTimeoutMs",
        extract(epoch from clock_timestamp() - created_at)::float8 * 1000 as "waitedMs"
      from run where concurrency_group = ${group} and state = 'queued' order by number`.execute(tx);
    const overdue = rows.filter(
      ({ queueTimeoutMs, waitedMs }) => queueTimeoutMs !== null && waitedMs > queueTimeoutMs,
    );
    const free = await freePlaces(tx, group);
    // Those that have a place are about to begin.
    const waiting = rows.filter((run) => !overdue.includes(run)).slice(free);
    const newest = waiting.at(-1);
    const most = newest?.maxQueue ?? waiting.length;
    let count = 0;
    for (const { id, queueTimeoutMs } of overdue) {
      const reason = `it has waited for its turn for more than ${durationText(queueTimeoutMs ?? 0)}`;
      count += Number(await endQueuedRun(tx, id, { outcome: 'timed-out', reason }));
    }
    for (const { id } of waiting.slice(0, Math.max(0, waiting.length - most))) {
      const reason = `superseded by #${newest?.number}: no more than ${most} wait`;
      count += Number(await endQueuedRun(tx, id, { outcome: 'superseded', reason }));
    }
    return count;
  });
}

async function freePlaces(tx: Db, group: string): Promise<number> {
  const { rows } = await sql<{ free: number }>`
    select greatest(0, coalesce(max((definition #>> '{concurrency,limit}')::integer), 1)
      - count(*) filter (where state = 'running'))::integer as free
    from run where concurrency_group = ${group} and state <> 'ended'`.execute(tx);
  return rows[0]?.free ?? 0;
}
