import type { Outcome } from '../domain/outcome.ts';
import { type Beginner, type Begun, type BegunRow, begunColumns, begunOf } from './begin-alone.ts';
import type { Db } from './database.ts';
import { ageingMs, highestRank } from './fair-order.ts';
import { assertHeld, type Lease } from './leases.ts';
import { type LogChunk, withLogPartition } from './log-chunks.ts';
import { prepared } from './prepared.ts';
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

/** Who wants to begin another run with the end of one. */
export interface Successor extends Beginner {
  /** Runs that this worker is about to begin: they count as if they worked. */
  chosen: readonly string[];
}

export interface EndStored {
  /** Whether other open runs of its group may wait for the run's end; false where the run goes on. */
  areThereOthers: boolean;
  /** The run that has begun with the end, or that needs a closer look. */
  next?: Begun | undefined;
}

/**
 * Stores the rest of the log and the end of a step, and that of its run where it is the last one, in one transaction; the
 * lease is given back with the run's end. Safe to repeat.
 * @throws Fault `lease-lost`
 */
export async function endTogether(db: Db, lease: Lease, ends: Ends): Promise<EndStored> {
  const [row] = await withLogPartition(db, ends.log.day, () => end(db, valuesOf(lease, ends)));
  return storedOf(lease, row);
}

/**
 * As `endTogether`, for the last step of a run, and begins the run that has the next turn. When the answer is lost, that one
 * is left to whoever takes it over.
 */
export async function endAndBeginNext(
  db: Db,
  { lease, ends }: { lease: Lease; ends: Ends },
  { chosen, owner, labels, ttlMs }: Successor,
): Promise<EndStored> {
  const values = [...valuesOf(lease, ends), labels, chosen, ageingMs, highestRank, owner, ttlMs];
  const [row] = await withLogPartition(db, ends.log.day, () => endAndBegin(db, values));
  return { ...storedOf(lease, row), next: begunOf(row, owner) };
}

type EndRow = { others: boolean | null };

const end = prepared<EndRow>(
  'end-together',
  'select end_together($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) as others',
);

const endAndBegin = prepared<EndRow & BegunRow>(
  'end-and-begin-next',
  `select others, ${begunColumns} from end_and_begin_next(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
);

function valuesOf({ runId, fencing }: Lease, { log, step, run }: Ends): unknown[] {
  const { day, chunks } = log;
  const output = step.output === null ? null : JSON.stringify(step.output);
  const seqs = chunks.map(({ seq }) => seq);
  const steps = chunks.map(({ stepId }) => stepId);
  const times = chunks.map(({ at }) => at.toISOString());
  const texts = chunks.map(({ text }) => text);
  const rest = [day, seqs, steps, times, texts];
  const ofStep = [step.stepId, step.outcome, step.reason, output];
  return [runId, fencing, ...rest, ...ofStep, run?.outcome ?? null, run?.reason ?? null];
}

function storedOf(lease: Lease, row: EndRow | undefined): EndStored {
  const others = row?.others ?? null;
  assertHeld(lease, others === null ? 0 : 1);
  return { areThereOthers: others === true };
}
