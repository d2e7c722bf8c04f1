import { randomUUID } from 'node:crypto';
import { subversionTag } from '../domain/branch-events.ts';
import { type BranchLayout, splitPath } from '../domain/branch-layout.ts';
import type { Change, ChangedPath, Revision } from '../domain/change.ts';
import { type ChangeFacts, type Decision, decide } from '../domain/decision.ts';
import { matchedFolders } from '../domain/matched-folders.ts';
import type { RunCause } from '../domain/pipeline.ts';
import type { BranchRename } from '../domain/renamed-branches.ts';
import { touchedBy } from '../domain/step-conditions.ts';
import { keptPaths } from '../store/changes.ts';
import type { FollowerDecision } from './follow-externals.ts';
import type { CatalogueEntry } from './watch.ts';

/** A change with what every pipeline of its repository makes of it. */
export interface DecidedChange {
  id: string;
  /** Its paths are cut to those that are kept. */
  change: Change;
  pathCount: number;
  decisions: PipelineDecision[];
  /** Those on pipelines of other repositories, whose trees the change is part of. */
  followers?: FollowerDecision[];
}

export interface PipelineDecision extends Decision {
  entry: CatalogueEntry;
  /** The id of the newer change whose run stands for this one too. */
  collapsedInto?: string;
  /** Of this change and those that are collapsed into it. */
  touched: RunCause['touched'];
  /** The same of the folders that were touched. */
  folders: string[];
  /** Of those that are collapsed into it, oldest first. */
  authors?: (string | null)[];
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
    return {
      ...place,
      author,
      committedAt,
      message,
      paths,
      ...markedBy(revision),
      ...happenedTo(branch, paths),
    };
  });
}

/** What whoever committed a revision has said by its properties. */
export function markedBy({ ciRun, properties }: Revision): Pick<Change, 'ciRun' | 'properties'> {
  return { ...(ciRun !== undefined && { ciRun }), ...(properties !== undefined && { properties }) };
}

/**
 * All that a revision did to branches: what went with a folder above (`gone`) and came again with another is replaced. Those
 * that it moved say so, under the old name and the new one.
 */
export function withTurns(
  own: readonly Change[],
  gone: readonly Change[],
  renames: readonly BranchRename[],
): Change[] {
  const isGone = new Set(gone.map(({ branch }) => branch));
  const isOwn = new Set(own.map(({ branch }) => branch));
  const turned = own.map((change): Change => {
    const isReplaced = change.happened === 'created' && isGone.has(change.branch);
    return isReplaced ? { ...change, isReplaced } : change;
  });
  return [...turned, ...gone.filter(({ branch }) => !isOwn.has(branch))].map((change): Change => {
    const name = { created: 'to', deleted: 'from' } as const;
    const { happened, branch } = change;
    const renamed =
      happened === undefined ? undefined : renames.find((rename) => rename[name[happened]] === branch);
    return renamed === undefined ? change : { ...change, renamed };
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
    decisions: entries.map((entry) => decideFor(entry, change, facts)),
  };
}

function decideFor(entry: CatalogueEntry, change: Change, facts?: ChangeFacts): PipelineDecision {
  const { pipeline } = entry;
  const decision = decide(pipeline, change, facts);
  const isRun = decision.verdict === 'run';
  return {
    entry,
    ...decision,
    touched: touchedBy(pipeline, change.paths),
    folders: isRun ? matchedFolders(pipeline, change) : [],
  };
}

/** What became of the branch's folder itself, and whether it is a tag's. */
function happenedTo(
  branch: string,
  paths: readonly ChangedPath[],
): Pick<Change, 'happened' | 'isReplaced' | 'tag'> {
  const action = paths.find(({ path, kind }) => path === '' && kind !== 'file')?.action;
  const tag = subversionTag(branch);
  return {
    ...(tag !== undefined && { tag }),
    ...((action === 'added' || action === 'replaced') && { happened: 'created' as const }),
    ...(action === 'replaced' && { isReplaced: true as const }),
    ...(action === 'deleted' && { happened: 'deleted' as const }),
  };
}

function pathsByBranch(layout: BranchLayout, paths: readonly ChangedPath[]): Map<string, ChangedPath[]> {
  const branches = new Map<string, ChangedPath[]>();
  for (const changed of paths) {
    const place = splitPath(layout, changed.path);
    if (place === null) continue;
    const relative = onBranch({ ...changed, path: place.rest });
    if (relative === null) continue;
    const known = branches.get(place.branch);
    if (known === undefined) branches.set(place.branch, [relative]);
    else known.push(relative);
  }
  return branches;
}

/** A file where a branch could be is none; one that took the place of a folder has ended that branch. */
function onBranch(changed: ChangedPath): ChangedPath | null {
  if (changed.path !== '' || changed.kind !== 'file') return changed;
  return changed.action === 'replaced' ? { path: '', action: 'deleted', kind: 'directory' } : null;
}
