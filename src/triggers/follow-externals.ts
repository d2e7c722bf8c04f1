import { randomUUID } from 'node:crypto';
import { branchFolder, splitPath } from '../domain/branch-layout.ts';
import type { Change, ChangedPath, Revision } from '../domain/change.ts';
import { decide } from '../domain/decision.ts';
import {
  changesThroughExternals,
  externalAt,
  isDeletedBy,
  mayChangeExternals,
} from '../domain/external-use.ts';
import { touchedBy } from '../domain/step-conditions.ts';
import { type ExternalUseRow, listExternalUses } from '../store/external-uses.ts';
import type { DecidedChange, PipelineDecision, RevisionOrigin } from './decide-revision.ts';
import type { SubversionWatch } from './watch.ts';

/** The trees that a repository's folders are part of, through `svn:externals`. */
export interface ExternalUses {
  readonly rootUrl: string;
  /** Of trees in the repository itself. Trees that are gone are taken out as history is read. */
  own: ExternalUseRow[];
  /** Of trees in other repositories. */
  others: ExternalUseRow[];
  /** What was read and is not stored yet. */
  events: ReturnType<typeof noEvents>;
}

/** A decision on a pipeline of another repository, whose tree the changed folder is part of. */
export interface FollowerDecision extends PipelineDecision {
  use: ExternalUseRow;
}

export function noEvents(): { suspects: string[]; deleted: string[]; stale: ExternalUseRow[] } {
  return { suspects: [], deleted: [], stale: [] };
}

export async function readExternalUses(
  { db, scm, repository }: Pick<SubversionWatch, 'db' | 'scm' | 'repository'>,
  generation: number,
): Promise<ExternalUses> {
  const uses = await listExternalUses(db);
  return {
    rootUrl: scm.urlOf({ path: '', revision: '0' }).replace(/@0$/, ''),
    own: uses.filter((use) => use.repository === repository.name && use.generation === generation),
    others: uses.filter((use) => use.repository !== repository.name),
    events: noEvents(),
  };
}

/** The changes of a revision, with what it changes through externals, of branches that it does not touch itself too. */
export function withExternalPaths(
  changes: readonly Change[],
  uses: ExternalUses,
  { revision, origin }: { revision: Revision; origin: RevisionOrigin },
): Change[] {
  noteEvents(uses, revision);
  uses.own = uses.own.filter(
    ({ path, branch }) => !isDeletedBy({ path, branch: branchFolder(origin.layout, branch) }, revision.paths),
  );
  const all = new Map(changes.map((change) => [change.branch, change]));
  for (const use of uses.own) {
    const through = changesThroughExternals(use, { ...uses, paths: revision.paths });
    if (through.length === 0) continue;
    if (through.some(mayChangeExternals)) uses.events.stale.push(use);
    const change = all.get(use.branch) ?? emptyChange(revision, origin, use.branch);
    all.set(use.branch, { ...change, paths: withoutDoubles([...change.paths, ...through]) });
  }
  return [...all.values()];
}

/** Puts the decisions on pipelines of other repositories beside those on the changes that they come from. */
export function withFollowers(
  decided: readonly DecidedChange[],
  watch: SubversionWatch,
  read: { uses: ExternalUses; revision: Revision; origin: RevisionOrigin },
): DecidedChange[] {
  const { uses, revision, origin } = read;
  const all = new Map(decided.map((change) => [change.change.branch, change]));
  for (const use of uses.others) {
    const [first, ...more] = changesThroughExternals(use, { ...uses, paths: revision.paths });
    if ([first, ...more].some((changed) => changed !== undefined && mayChangeExternals(changed)))
      uses.events.stale.push(use);
    const entry = watch.findPipeline(use.pipeline);
    if (first === undefined || entry?.pipeline.source.repository !== use.repository) continue;
    const place = first.external ?? '';
    // What lies on no branch is on record under the external's own folder.
    const branch = splitPath(origin.layout, place)?.branch ?? externalAt(use, uses.rootUrl, place) ?? place;
    const home = all.get(branch) ?? unwatched(emptyChange(revision, origin, branch));
    const paths = [first, ...more];
    const follower = followerDecision({ ...home.change, ...placeOf(use), paths }, { use, entry, watch });
    all.set(branch, { ...home, followers: [...(home.followers ?? []), follower] });
  }
  return [...all.values()];
}

/** What may have changed the externals of trees of the repository itself, whether they have any or not. */
function noteEvents({ events }: ExternalUses, { paths, isIncomplete }: Revision): void {
  if (isIncomplete) events.suspects.push('');
  for (const changed of paths) {
    if (mayChangeExternals(changed)) events.suspects.push(changed.path);
    if (changed.kind !== 'file' && changed.action === 'deleted') events.deleted.push(changed.path);
  }
}

function followerDecision(
  change: Change,
  { use, entry, watch }: { use: ExternalUseRow; entry: PipelineDecision['entry']; watch: SubversionWatch },
): FollowerDecision {
  const { verdict, filters } = decide(entry.pipeline, change, {
    exists: () => true,
    ownUser: watch.ownUser,
  });
  const external = {
    filter: 'externals',
    expected: `what svn:externals bring into ${use.branch} of ${use.repository}`,
    actual: `${watch.repository.name} at r${change.revision}`,
    passed: true,
  };
  const touched = touchedBy(entry.pipeline, change.paths);
  return { entry, use, verdict, filters: [external, ...filters.slice(1)], touched, folders: [] };
}

function placeOf({ repository, branch }: ExternalUseRow): Pick<Change, 'repository' | 'branch'> {
  return { repository, branch };
}

function unwatched(change: Change): DecidedChange {
  return { id: randomUUID(), change, pathCount: 0, decisions: [] };
}

function emptyChange(revision: Revision, origin: RevisionOrigin, branch: string): Change {
  const { author, committedAt, message } = revision;
  const { repository, generation } = origin;
  const place = { repository, generation, branch, move: Number(revision.revision) };
  return { ...place, revision: revision.revision, author, committedAt, message, paths: [] };
}

/** Several pipelines may have told of the same external. */
function withoutDoubles(paths: readonly ChangedPath[]): ChangedPath[] {
  return [...new Map(paths.map((changed) => [changed.path, changed])).values()];
}
