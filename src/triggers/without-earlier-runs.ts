import type { Change } from '../domain/change.ts';
import type { FilterVerdict } from '../domain/decision.ts';
import type { Db } from '../store/database.ts';
import { type EarlierRun, earlierRuns } from '../store/earlier-runs.ts';
import type { DecidedChange } from './decide-revision.ts';

/**
 * What looked like a restored backup may have been a mirror that lagged for long, or was loaded bit by bit, or a newer
 * backup follows: a revision that comes back with the date that it had is the same one, and runs no second time. A pipeline
 * that had no run of it yet, because it waited until the branch was quiet, gets that now.
 */
export async function withoutEarlierRuns(
  tx: Db,
  { repository, generation }: { repository: string; generation: number },
  changes: readonly DecidedChange[],
): Promise<DecidedChange[]> {
  const revisions = [...new Set(changes.map(({ change }) => change.revision))];
  const runs = await earlierRuns(tx, { repository, generation, revisions });
  if (runs.length === 0) return [...changes];
  const known = new Set(runs.map(keyOfRun));
  return changes.map((decided) => {
    const { change, followers } = decided;
    const had = (pipeline: string, branchOfUse = '') =>
      known.has(keyOf(change, { pipeline, branchOfUse, at: Date.parse(change.committedAt ?? '') }));
    return {
      ...decided,
      decisions: decided.decisions.map((one) => (had(one.entry.name) ? skipped(one) : one)),
      ...(followers !== undefined && {
        followers: followers.map((one) => (had(one.entry.name, one.use.branch) ? skipped(one) : one)),
      }),
    };
  });
}

function skipped<Decision extends { verdict: 'run' | 'skip'; filters: FilterVerdict[] }>(
  decision: Decision,
): Decision {
  if (decision.verdict === 'skip') return decision;
  const actual = 'had its run before the repository was watched anew';
  const filters = [...decision.filters, { filter: 'revision', expected: 'new', actual, passed: false }];
  return { ...decision, verdict: 'skip', filters };
}

function keyOfRun({ pipeline, branchOfUse, committedAt, ...place }: EarlierRun): string {
  return keyOf(place, { pipeline, branchOfUse, at: committedAt.getTime() });
}

function keyOf(
  { branch, revision }: Pick<Change, 'branch' | 'revision'>,
  { pipeline, branchOfUse, at }: { pipeline: string; branchOfUse: string; at: number },
): string {
  return JSON.stringify([branch, revision, pipeline, branchOfUse, at]);
}
