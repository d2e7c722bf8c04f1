import { sql } from 'kysely';
import { recordAudit } from '../audit.ts';
import type { Db } from '../database.ts';
import { recordAlarm } from '../record-alarm.ts';

export interface Restored {
  /** When the backup was taken. */
  takenAt: Date;
  /** The file, for people. */
  from: string;
}

export interface Settled {
  /** Runs that had not ended when the backup was taken. */
  endedRuns: number;
  repositories: string[];
}

/**
 * Makes a database that comes from a backup one with which a server may start. What went on when the backup was taken has
 * since ended, or gone on to newer things, of which nothing is known here: none of it begins again by itself, nobody is
 * told of it, and what a cluster has now is not put back. Repositories are read on from where they had been.
 */
export async function settleRestored(db: Db, { takenAt, from }: Restored): Promise<Settled> {
  const why = `the server was restored from a backup of ${takenAt.toISOString()}: how this went on is not known`;
  return db.transaction().execute(async (tx) => {
    await sql`insert into restored (taken_at) values (${takenAt})`.execute(tx);
    await sql`delete from lease`.execute(tx);
    const endedRuns = await endRuns(tx, `${why}; retry or rerun it if it is still wanted`);
    await sql`update deployment set state = 'ended', outcome = 'lost', cause = ${why}, ended_at = clock_timestamp()
      where state = 'active'`.execute(tx);
    await sql`update event set state = 'failed', handled_at = clock_timestamp(), error = ${why}
      where state = 'received' and source in ('api', 'pipeline', 'schedule')`.execute(tx);
    await keepSilent(tx);
    const repositories = await readOn(tx);
    for (const repository of repositories)
      await recordAlarm(tx, {
        repository,
        key: `restored-${takenAt.toISOString()}`,
        alarm: `The server was restored from a backup of ${takenAt.toISOString()}: what was committed since is decided anew, and of each branch a pipeline runs for the newest only`,
      });
    const detail = { takenAt: takenAt.toISOString(), endedRuns };
    await recordAudit(tx, { who: 'restore', action: 'server.restore', target: from, detail });
    return { endedRuns, repositories };
  });
}

async function endRuns(tx: Db, reason: string): Promise<number> {
  const runs = await sql`
    update run set state = 'ended', outcome = 'cancelled', reason = ${reason}, ended_at = clock_timestamp(),
      cancel_requested_at = clock_timestamp(), cancel_requested_by = 'restore', cancel_rollout = 'leave', wake_at = null
    where state <> 'ended'`.execute(tx);
  await sql`
    update step set state = 'ended', ended_at = clock_timestamp(), reason = ${reason},
      outcome = case state when 'pending' then 'skipped' else 'cancelled' end
    where state <> 'ended'`.execute(tx);
  return Number(runs.numAffectedRows ?? 0n);
}

/** What follows from the end of a run, and who is to be told of it, is as if it was dealt with. */
async function keepSilent(tx: Db): Promise<void> {
  await sql`update run set is_followed = true where not is_followed`.execute(tx);
  await sql`update notifier set told_until = clock_timestamp(), busy_until = '-infinity'`.execute(tx);
  await sql`
    insert into commit_status (run_id, told)
    select id, outcome from run where ended_at > clock_timestamp() - interval '1 day'
    on conflict (run_id) do update set told = excluded.told, attempts = 0, retry_at = null`.execute(tx);
}

async function readOn(tx: Db): Promise<string[]> {
  const { rows } = await sql<{ repository: string }>`
    update watcher set claimed_by = null, claimed_until = null, next_poll_at = clock_timestamp()
    returning repository`.execute(tx);
  return rows.map(({ repository }) => repository).toSorted();
}
