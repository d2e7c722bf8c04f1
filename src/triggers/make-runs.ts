import type { Change } from '../domain/change.ts';
import { quietVerdict } from '../domain/quiet.ts';
import type { BranchRename } from '../domain/renamed-branches.ts';
import type { RunTold } from '../domain/run-values.ts';
import type { RunRequest } from '../runs/create-run.ts';
import type { NewDecision } from '../store/changes.ts';
import type { Db } from '../store/database.ts';
import { commitRun } from './commit-run.ts';
import type { DecidedChange, PipelineDecision } from './decide-revision.ts';
import { fixExternals } from './fix-externals.ts';
import { otherAuthors } from './other-authors.ts';
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
    for (const decision of decided.decisions) {
      const { entry, verdict, touched, folders } = decision;
      if (verdict === 'skip' || quietMsOf(decision) > 0) continue;
      const cause = causeOf(decided.change, decision.trigger);
      const request = { ...commitRun(decided, entry), ...cause };
      const externals = await fixExternals(tx, request);
      const { runId, created } = await createRun(tx, {
        ...request,
        touched,
        externals,
        told: {
          paths: folders,
          ...renamedFrom(decided.change),
          ...otherAuthors(decided.change.author, decision.authors ?? []),
        },
      });
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
  decision: PipelineDecision,
  runOf: ReadonlyMap<string, string>,
): NewDecision {
  const { entry, verdict, filters, collapsedInto } = decision;
  const quietMs = quietMsOf(decision);
  const place = { change_id: changeId, pipeline: entry.name };
  if (verdict === 'run' && quietMs > 0) {
    const waiting = [...filters, quietVerdict(quietMs, 'waiting for that')];
    return { ...place, verdict: 'wait', filters: waiting, run_id: null, wait_ms: quietMs };
  }
  const newer = collapsedInto === undefined ? undefined : runOf.get(keyOf(collapsedInto, entry.name));
  const run_id = runOf.get(keyOf(changeId, entry.name)) ?? null;
  return { ...place, verdict, filters, run_id, collapsed_into: newer ?? null };
}

/** Commits may have to wait; a branch or a tag that is made or deleted does not. */
function quietMsOf({ entry: { pipeline }, trigger }: PipelineDecision): number {
  return trigger === 'commit' ? (pipeline.on.commit?.quietMs ?? 0) : 0;
}

/** What the run is for; one of a deleted branch is of the last revision at which that was there. */
function causeOf(
  { happened, move, revision }: Change,
  trigger: PipelineDecision['trigger'],
): Partial<RunRequest> {
  if (trigger === 'tag') return { trigger };
  if (trigger !== 'branch' || happened === undefined) return {};
  const isNumbered = revision === String(move);
  const last = happened === 'deleted' && isNumbered ? { revision: String(move - 1) } : {};
  return { trigger: `branch-${happened}`, ...last };
}

interface BranchTurn {
  happened?: Change['happened'] | null;
  renamed?: BranchRename | null;
}

/** What a branch that was moved was called; nothing of one that was not, or is gone. */
export function renamedFrom({ happened, renamed }: BranchTurn): RunTold {
  return happened === 'created' && renamed != null ? { renamedFrom: renamed.from } : {};
}

function keyOf(changeId: string, pipeline: string): string {
  return JSON.stringify([changeId, pipeline]);
}
