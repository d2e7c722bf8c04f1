import type { Db } from '../store/database.ts';
import { findRunId } from '../store/list-runs.ts';
import { type RunRow, readRun } from '../store/runs.ts';
import { notFound } from './problem.ts';

/**
 * Finds the run that a path names: its id, `cart:12`, `cart#12` or `cart:latest`.
 * @throws HttpProblem 404
 */
export async function resolveRun(db: Db, reference: string): Promise<RunRow> {
  const runId = await runIdOf(db, reference);
  const run = runId === undefined ? undefined : await readRun(db, runId);
  if (run !== undefined) return run;
  throw notFound(
    'run',
    shownRun(reference),
    'Name it as "cart#12", by its id, or by its pipeline alone for the latest; "trunkline runs" lists them.',
  );
}

async function runIdOf(db: Db, reference: string): Promise<string | undefined> {
  const short = /^(?<pipeline>[^:#]+)[:#](?:(?<number>[1-9]\d{0,8})|latest)$/.exec(reference)?.groups;
  if (short?.pipeline === undefined) return reference;
  return findRunId(db, {
    pipeline: short.pipeline,
    number: short.number === undefined ? null : Number(short.number),
  });
}

/** As people write it: `cart#12` for `cart:12`, `cart` for its latest run. */
export function shownRun(reference: string): string {
  return reference.replace(/:latest$/, '').replace(':', '#');
}
