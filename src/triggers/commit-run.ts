import type { Change, ChangePlace } from '../domain/change.ts';
import type { RunRequest } from '../runs/create-run.ts';
import type { CatalogueEntry } from './watch.ts';

type RunChange = ChangePlace & Pick<Change, 'request' | 'gitlab'>;

/** The run that a change of a branch makes. */
export function commitRun(
  { change, eventId }: { change: RunChange; eventId: string | null },
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
 * One move of one branch makes one run of a pipeline, whoever found it and however often; a merge request that it is the
 * newest commit of makes another for each branch that it is to be merged into, and so does the end of GitLab's pipelines for it. Git's revision is part of it, because a move may be counted for a request before it
 * has been seen on the branch.
 */
function runIdentity(
  pipeline: string,
  { repository, generation, branch, move, revision, ...told }: RunChange,
): string {
  const commit = revision === String(move) ? [] : [revision];
  return JSON.stringify([...kindOf(told), pipeline, repository, generation, branch, move, ...commit]);
}

function kindOf({ request, gitlab }: Pick<Change, 'request' | 'gitlab'>): (string | number)[] {
  if (request !== undefined) return ['merge-request', request.number, request.target];
  return gitlab === undefined ? ['commit'] : ['gitlab-pipeline', gitlab.status];
}
