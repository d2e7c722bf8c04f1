import { quietVerdict } from '../domain/quiet.ts';
import type { NewDecision } from '../store/changes.ts';
import type { Db } from '../store/database.ts';
import { commitRun } from './commit-run.ts';
import type { DecidedChange, PipelineDecision } from './decide-revision.ts';
import type { CreateRun } from './watch.ts';

export interface AttributedChange extends DecidedChange {
  eventId: string | null;
}

export interface MadeRuns {
  /** The new ones, oldest change first. */
  runIds: string[];
  /** Every decision with its run. */
  decisions: NewDecision[];
}

/** Makes the runs of changes, oldest first, but those that wait until their branch is quiet. */
export async function makeRuns(
  tx: Db,
  changes: readonly AttributedChange[],
  createRun: CreateRun,
): Promise<MadeRuns> {
  const runIds: string[] = [];
  const runOf = new Map<string, string>();
  for (const decided of changes) {
    for (const { entry, verdict, touched } of decided.decisions) {
      if (verdict === 'skip' || quietMsOf(entry) > 0) continue;
      const { runId, created } = await createRun(tx, { ...commitRun(decided, entry), touched });
      runOf.set(keyOf(decided.id, entry.name), runId);
      if (created) runIds.push(runId);
    }
  }
  const decisions = changes.flatMap(({ id, decisions: made }) =>
    made.map((decision) => decisionOf(id, decision, runOf)),
  );
  return { runIds, decisions };
}

function decisionOf(
  changeId: string,
  { entry, verdict, filters, collapsedInto }: PipelineDecision,
  runOf: ReadonlyMap<string, string>,
): NewDecision {
  const quietMs = quietMsOf(entry);
  const place = { change_id: changeId, pipeline: entry.name };
  if (verdict === 'run' && quietMs > 0) {
    const waiting = [...filters, quietVerdict(quietMs, 'waiting for that')];
    return { ...place, verdict: 'wait', filters: waiting, run_id: null, wait_ms: quietMs };
  }
  const newer = collapsedInto === undefined ? undefined : runOf.get(keyOf(collapsedInto, entry.name));
  const run_id = runOf.get(keyOf(changeId, entry.name)) ?? null;
  return { ...place, verdict, filters, run_id, collapsed_into: newer ?? null };
}

function quietMsOf({ pipeline }: PipelineDecision['entry']): number {
  return pipeline.on.commit?.quietMs ?? 0;
}

function keyOf(changeId: string, pipeline: string): string {
  return JSON.stringify([changeId, pipeline]);
}
