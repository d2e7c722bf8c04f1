import { sql } from 'kysely';
import type { Outcome } from '../domain/outcome.ts';
import type { Db } from './database.ts';
import { assertHeld, type Lease } from './leases.ts';
import { type LogChunk, withLogPartition } from './log-chunks.ts';
import type { StepEnd } from './runs.ts';

/** The last chunks of a log that are not stored yet. */
export interface LogRest {
  day: string;
  chunks: readonly LogChunk[];
}

export interface Ends {
  log: LogRest;
  step: StepEnd & { stepId: string };
  /** null: the run goes on. */
  run: { outcome: Outcome; reason: string | null } | null;
}

/**
 * Stores the rest of the log and the end of a step, and that of its run where it is the last one, in one transaction; the
 * lease is given back with the run's end. Safe to repeat.
 * @returns whether other open runs of its group may wait for the run's end; false where the run goes on
 * @throws Fault `lease-lost`
 */
export async function endTogether(db: Db, lease: Lease, { log, step, run }: Ends): Promise<boolean> {
  const { day, chunks } = log;
  const output = step.output === null ? null : JSON.stringify(step.output);
  const { rows } = await withLogPartition(db, day, () =>
    sql<{ others: boolean | null }>`/* prepared: end-together */
      select end_together(${lease.runId}, ${lease.fencing}, ${day},
        ${chunks.map(({ seq }) => seq)}, ${chunks.map(({ stepId }) => stepId)},
        ${chunks.map(({ at }) => at.toISOString())}, ${chunks.map(({ text }) => text)},
        ${step.stepId}, ${step.outcome}, ${step.reason}, ${output},
        ${run?.outcome ?? null}, ${run?.reason ?? null}) as others`.execute(db),
  );
  const others = rows[0]?.others ?? null;
  assertHeld(lease, others === null ? 0 : 1);
  return others === true;
}
