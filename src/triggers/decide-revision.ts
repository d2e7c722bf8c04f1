import { randomUUID } from 'node:crypto';
import { type BranchLayout, splitPath } from '../domain/branch-layout.ts';
import type { Change, ChangedPath, Revision } from '../domain/change.ts';
import { type ChangeFacts, type Decision, decide } from '../domain/decision.ts';
import { keptPaths } from '../store/changes.ts';
import type { CatalogueEntry } from './watch.ts';

/** A change with what every pipeline of its repository makes of it. */
export interface DecidedChange {
  id: string;
  /** Its paths are cut to those that are kept. */
  change: Change;
  pathCount: number;
  decisions: PipelineDecision[];
}

export interface PipelineDecision extends Decision {
  entry: CatalogueEntry;
}

export interface RevisionOrigin {
  repository: string;
  generation: number;
  layout: BranchLayout;
}

/** One change for each branch that the revision touched. */
export function changesOf(revision: Revision, origin: RevisionOrigin): Change[] {
  const branches = [...pathsByBranch(origin.layout, revision.paths)];
  return branches.map(([branch, paths]): Change => {
    const { author, committedAt, message } = revision;
    const { repository, generation } = origin;
    const move = Number(revision.revision);
    const place = { repository, generation, branch, move, revision: revision.revision };
    return { ...place, author, committedAt, message, paths };
  });
}

/** What each pipeline makes of a change, on all of its paths. */
export function decideChange(
  change: Change,
  entries: readonly CatalogueEntry[],
  facts?: ChangeFacts,
): DecidedChange {
  const { paths } = change;
  return {
    id: randomUUID(),
    change: { ...change, paths: paths.slice(0, keptPaths) },
    pathCount: paths.length,
    decisions: entries.map((entry) => ({ entry, ...decide(entry.pipeline, change, facts) })),
  };
}

/**
 * Of changes that were found together, oldest first, a pipeline with `revisions: latest` runs for the newest of each
 * branch only; the decision for the older ones says so.
 */
export function collapseToLatest(changes: readonly DecidedChange[]): DecidedChange[] {
  const newest = new Map<string, string>();
  const collapse = (
    { entry, verdict, filters }: PipelineDecision,
    { branch, revision }: Change,
  ): PipelineDecision => {
    if (verdict === 'skip' || entry.pipeline.on.commit?.revisions !== 'latest')
      return { entry, verdict, filters };
    const key = JSON.stringify([entry.name, branch]);
    const newer = newest.get(key);
    if (newer === undefined) {
      newest.set(key, revision);
      return { entry, verdict, filters };
    }
    const superseded = {
      filter: 'revisions',
      expected: 'latest',
      actual: `found together with ${newer}`,
      passed: false,
    };
    return { entry, verdict: 'skip', filters: [...filters, superseded] };
  };
  return changes
    .toReversed()
    .map((decided) => ({
      ...decided,
      decisions: decided.decisions.map((decision) => collapse(decision, decided.change)),
    }))
    .toReversed();
}

function pathsByBranch(layout: BranchLayout, paths: readonly ChangedPath[]): Map<string, ChangedPath[]> {
  const branches = new Map<string, ChangedPath[]>();
  for (const changed of paths) {
    const place = splitPath(layout, changed.path);
    if (place === null) continue;
    const known = branches.get(place.branch);
    const relative = { ...changed, path: place.rest };
    if (known === undefined) branches.set(place.branch, [relative]);
    else known.push(relative);
  }
  return branches;
}
