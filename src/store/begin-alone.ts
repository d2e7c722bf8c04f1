import { type RawBuilder, sql } from 'kysely';
import type { Db } from './database.ts';
import type { Lease } from './leases.ts';
import type { RunRow, StepRow } from './runs.ts';

export interface Beginner {
  owner: string;
  labels: readonly string[];
  ttlMs: number;
}

/** What of its steps matters to who executes a run. */
export type StepFacts = Pick<StepRow, 'id' | 'kind' | 'state' | 'outcome' | 'reason' | 'output' | 'journal'>;

/** A query for the `id` of the run, of one row at most, always the same text. */
export interface WantedRun {
  name: 'this' | 'next';
  query: RawBuilder<unknown>;
}

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

/** As `beginAlone`, for a run that is known. */
export function beginOneAlone(db: Db, runId: string, beginner: Beginner): Promise<Begun | undefined> {
  return beginAlone(db, { name: 'this', query: sql`select ${runId}::text as id` }, beginner);
}

/**
 * Begins a queued run that has nobody beside it in its group, which is what most are, with its first steps: one way to the
 * database and back.
 * @returns undefined where the query has none
 */
export async function beginAlone(
  db: Db,
  wanted: WantedRun,
  { owner, labels, ttlMs }: Beginner,
): Promise<Begun | undefined> {
  const { rows } = await sql<
    RunRow & { begun: { fencing: number; attempts: Record<string, number> } | null; begun_steps: StepFacts[] }
  >`${sql.raw(`/* prepared: begin-${wanted.name} */`)}
    with wanted as materialized (${wanted.query}),
    begun as materialized (
      select id, begin_alone_with_steps(id, ${owner}, ${ttlMs}::integer, ${labels}::text[]) as facts from wanted
    )
    select run.*, begun.facts as begun, (
        select coalesce(json_agg(to_json(step) order by position), '[]') from step
        where step.run_id = run.id and begun.facts is not null
      ) as begun_steps
    from begun join run on run.id = begun.id`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { begun, begun_steps: steps, ...run } = row;
  if (begun === null) return { runId: run.id, begun: null };
  const lease = { runId: run.id, owner, fencing: begun.fencing };
  return { runId: run.id, begun: { lease, run, steps, attempts: new Map(Object.entries(begun.attempts)) } };
}
