import type { ChangePlace } from '../domain/change.ts';
import type { RunRequest } from '../runs/create-run.ts';
import type { CatalogueEntry } from './watch.ts';

/** The run that a change of a branch makes. */
export function commitRun(
  { change, eventId }: { change: ChangePlace; eventId: string | null },
  entry: CatalogueEntry,
): RunRequest {
  const { repository, generation, branch, move, revision, author, committedAt, message } = change;
  return {
    ...{ repository, generation, branch, move, revision, author, committedAt, message },
    pipeline: entry,
    identity: runIdentity(entry.name, change),
    trigger: 'commit',
    requestedBy: author ?? 'unknown',
    parameters: {},
    eventId,
  };
}

/**
 * One move of one branch makes one run of a pipeline, whoever found it and however often. Git's revision is part of it, because
 * a merge request's move may be counted before the move has been seen on the branch.
 */
function runIdentity(
  pipeline: string,
  { repository, generation, branch, move, revision }: ChangePlace,
): string {
  const commit = revision === String(move) ? [] : [revision];
  return JSON.stringify(['commit', pipeline, repository, generation, branch, move, ...commit]);
}
