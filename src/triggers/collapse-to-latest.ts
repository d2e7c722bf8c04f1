import { shortestFolders } from '../domain/matched-folders.ts';
import { touchedByEither } from '../domain/step-conditions.ts';
import type { DecidedChange, PipelineDecision } from './decide-revision.ts';

/**
 * Of changes that were found together, oldest first, a pipeline with `revisions: latest` runs for the newest of each
 * branch only; the decision for the older ones says so, and what they touched counts for that run. One that waits until the
 * branch is quiet collapses them then. A branch that was deleted or made anew in between is not the same branch.
 * After the server was restored from a backup it is so for every pipeline: the older ones had their runs, of which nothing is
 * known any more, and none of them is to be deployed over what came later.
 */
export function collapseToLatest(
  changes: readonly DecidedChange[],
  { isAfterRestore }: { isAfterRestore: boolean } = { isAfterRestore: false },
): DecidedChange[] {
  const newest = new Map<string, Standing>();
  const collapsed: DecidedChange[] = [];
  for (const decided of changes.toReversed()) {
    const { branch, happened } = decided.change;
    const decisions = decided.decisions.map((decision) => {
      if (!isCollapsing(decision, isAfterRestore)) return decision;
      const key = JSON.stringify([branch, decision.entry.name]);
      const newer = newest.get(key);
      if (newer !== undefined) return collapse(decision, newer, decided.change.author);
      const standing = { decided, decision: { ...decision } };
      newest.set(key, standing);
      return standing.decision;
    });
    collapsed.unshift({ ...decided, decisions });
    if (happened === undefined) continue;
    for (const [key, standing] of newest) {
      if (standing.decided.change.branch === branch) newest.delete(key);
    }
  }
  return collapsed;
}

/** A decision that stands for older ones. */
interface Standing {
  decided: DecidedChange;
  decision: PipelineDecision;
}

function isCollapsing({ verdict, trigger: by, entry }: PipelineDecision, isAfterRestore: boolean): boolean {
  const trigger = entry.pipeline.on.commit;
  const isLatest = isAfterRestore || trigger?.revisions === 'latest';
  return verdict === 'run' && by === 'commit' && isLatest && trigger?.quietMs === 0;
}

function collapse(decision: PipelineDecision, newer: Standing, author: string | null): PipelineDecision {
  newer.decision.authors = [author, ...(newer.decision.authors ?? [])];
  newer.decision.touched = touchedByEither(newer.decision.touched, decision.touched);
  const folders = [...newer.decision.folders, ...decision.folders];
  newer.decision.folders = shortestFolders(folders, decision.entry.pipeline.source.path);
  const isLatest = decision.entry.pipeline.on.commit?.revisions === 'latest';
  const actual = `found together with ${newer.decided.change.revision}${isLatest ? '' : ', after the server was restored from a backup'}`;
  const filters = [...decision.filters, { filter: 'revisions', expected: 'latest', actual, passed: false }];
  return { ...decision, verdict: 'skip', filters, collapsedInto: newer.decided.id };
}
