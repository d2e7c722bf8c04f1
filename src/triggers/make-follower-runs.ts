import type { RunRequest } from '../runs/create-run.ts';
import type { NewDecision } from '../store/changes.ts';
import type { Db } from '../store/database.ts';
import { readWatcher } from '../store/watchers.ts';
import { fixExternals } from './fix-externals.ts';
import type { FollowerDecision } from './follow-externals.ts';
import type { AttributedChange, MadeRuns } from './make-runs.ts';
import type { CreateRun } from './watch.ts';

/**
 * Makes the runs of pipelines of other repositories whose trees the changes are part of: of the revision up to which the
 * other repository has been read. Of changes found together the newest makes the run, because its tree has the others in it.
 */
export async function makeFollowerRuns(
  tx: Db,
  changes: readonly AttributedChange[],
  createRun: CreateRun,
): Promise<MadeRuns> {
  const made: MadeRuns = { runIds: [], decisions: [] };
  for (const { decided, follower } of collapsed(changes)) {
    const { entry, use, verdict, filters } = follower;
    const request = verdict === 'run' ? await followerRun(tx, decided, follower) : undefined;
    const run = request === undefined ? undefined : await createRun(tx, request);
    if (run?.created) made.runIds.push(run.runId);
    const place = { change_id: decided.id, pipeline: entry.name, branch_of_use: use.branch };
    made.decisions.push({ ...place, verdict, filters, run_id: run?.runId ?? null });
  }
  return made;
}

interface Attributed {
  decided: AttributedChange;
  follower: FollowerDecision;
}

/** Newest first. */
function collapsed(changes: readonly AttributedChange[]): Attributed[] {
  const newest = new Map<string, string>();
  return changes.toReversed().flatMap((decided) =>
    (decided.followers ?? []).map((follower) => {
      const key = JSON.stringify([follower.entry.name, follower.use.branch]);
      const newer = newest.get(key);
      if (follower.verdict !== 'run') return { decided, follower };
      if (newer === undefined) {
        newest.set(key, decided.change.revision);
        return { decided, follower };
      }
      const filters = [...follower.filters, foundWith(newer)];
      return { decided, follower: { ...follower, verdict: 'skip' as const, filters } };
    }),
  );
}

async function followerRun(
  tx: Db,
  { change, eventId }: AttributedChange,
  { entry, use, touched }: FollowerDecision,
): Promise<RunRequest | undefined> {
  const { pipeline, repository, generation, branch } = use;
  const watcher = await readWatcher(tx, repository);
  if (watcher?.cursor == null || watcher.generation !== generation) return undefined;
  const origin = [change.repository, change.generation, change.revision];
  const { author, committedAt } = change;
  const request: RunRequest = {
    ...{ repository, generation, branch, move: watcher.cursor, revision: `${watcher.cursor}` },
    ...{ author, committedAt, message: `${change.repository} r${change.revision}: ${change.message}` },
    pipeline: entry,
    identity: JSON.stringify(['external', pipeline, repository, generation, branch, ...origin]),
    trigger: 'commit',
    requestedBy: author ?? 'unknown',
    parameters: {},
    eventId,
    touched,
  };
  const cause = { repository: change.repository, revision: change.move };
  return { ...request, externals: await fixExternals(tx, request, cause) };
}

function foundWith(revision: string): NewDecision['filters'][number] {
  return {
    filter: 'revisions',
    expected: 'latest',
    actual: `found together with ${revision}`,
    passed: false,
  };
}
