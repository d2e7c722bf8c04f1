import type { Db } from './database.ts';
import type { Lease } from './leases.ts';
import { prepared } from './prepared.ts';
import type { RunRow, StepRow } from './runs.ts';

export interface Beginner {
  owner: string;
  labels: readonly string[];
  ttlMs: number;
}

/** What of its steps matters to who executes a run. */
export type StepFacts = Pick<StepRow, 'id' | 'kind' | 'state' | 'outcome' | 'reason' | 'output' | 'journal'>;

export interface Begun {
  runId: string;
  /** null: it needs a closer look whether it may begin, `admitRun`. */
  begun: BegunRun | null;
}

export interface BegunRun {
  lease: Lease;
  run: RunRow;
  /** As they were right before. */
  steps: StepFacts[];
  /** The steps that have begun with it, and which attempt it is. */
  attempts: ReadonlyMap<string, number>;
}

/** What `begin_next` answers, with the columns of the run. All null: there is none; without fencing: it is not begun. */
export type BegunRow = RunRow & {
  wanted: string | null;
  fencing: number | null;
  attempts: Record<string, number>;
  known_steps: StepFacts[];
};

export const begunColumns = 'wanted, fencing, attempts, known_steps, (known_run).*';

const beginIfAlone = prepared<BegunRow>(
  'begin-this',
  `select $1::text as wanted, new_fencing as fencing, attempts, known_steps, (known_run).*
  from begin_if_alone($1, $2, $3, $4, true)`,
);

/**
 * Begins a queued run that has nobody beside it in its group, which is what most are, with its first steps: one way to the
 * database and back.
 */
export async function beginOneAlone(
  db: Db,
  runId: string,
  { owner, labels, ttlMs }: Beginner,
): Promise<Begun> {
  const [row] = await beginIfAlone(db, [runId, owner, ttlMs, labels]);
  return begunOf(row, owner) ?? { runId, begun: null };
}

/** @returns undefined where there was no run */
export function begunOf(row: BegunRow | undefined, owner: string): Begun | undefined {
  if (row === undefined || row.wanted === null) return undefined;
  const { wanted: runId, fencing, attempts, known_steps: steps, ...run } = row;
  if (fencing === null) return { runId, begun: null };
  const lease = { runId, owner, fencing };
  return { runId, begun: { lease, run, steps, attempts: new Map(Object.entries(attempts)) } };
}
