import type { Change } from '../domain/change.ts';
import type { FilterVerdict } from '../domain/decision.ts';
import type { Db } from '../store/database.ts';
import { type EarlierRun, earlierRuns, firstOnRecord } from '../store/earlier-runs.ts';
import type { DecidedChange } from './decide-revision.ts';

interface Generation {
  repository: string;
  generation: number;
}

/** Of a younger one it is not asked whether it is older than what is on record, since to look for that takes long. */
const longAgoMs = 3_600_000;

/**
 * What looked like a restored backup may have been a mirror that lagged for long, or was loaded bit by bit, or a newer
 * backup follows: a revision that comes back with the date that it had is the same one, and runs no second time; nor does
 * one from before the first that is on record. A pipeline that had no run of it yet, because it waited until the branch was
 * quiet, gets that now.
 */
export async function withoutEarlierRuns(
  tx: Db,
  of: Generation,
  changes: readonly DecidedChange[],
): Promise<DecidedChange[]> {
  if (of.generation === 1 || changes.length === 0) return [...changes];
  const revisions = [...new Set(changes.map(({ change }) => change.revision))];
  const known = new Set((await earlierRuns(tx, { ...of, revisions })).map(keyOfRun));
  const isFromBefore = await fromBefore(tx, of, changes);
  return changes.map((decided) => {
    const { change, followers } = decided;
    const why = (pipeline: string, branchOfUse = '') => {
      if (isFromBefore(change)) return 'committed before the repository was first watched';
      const key = keyOf(change, { pipeline, branchOfUse, at: dateOf(change) });
      return known.has(key) ? 'had its run before the repository was watched anew' : undefined;
    };
    return {
      ...decided,
      decisions: decided.decisions.map((one) => unless(why(one.entry.name), one)),
      ...(followers !== undefined && {
        followers: followers.map((one) => unless(why(one.entry.name, one.use.branch), one)),
      }),
    };
  });
}

async function fromBefore(
  tx: Db,
  of: Generation,
  changes: readonly DecidedChange[],
): Promise<(change: Change) => boolean> {
  const isAnyOld = changes.some(({ change }) => dateOf(change) < Date.now() - longAgoMs);
  const first = isAnyOld ? await firstOnRecord(tx, of) : undefined;
  const firstAt = first?.committed_at?.getTime() ?? 0;
  return (change) =>
    first !== undefined &&
    change.revision === String(change.move) &&
    change.move < first.move &&
    dateOf(change) < firstAt;
}

function unless<Decision extends { verdict: 'run' | 'skip'; filters: FilterVerdict[] }>(
  actual: string | undefined,
  decision: Decision,
): Decision {
  if (actual === undefined || decision.verdict === 'skip') return decision;
  const filters = [...decision.filters, { filter: 'revision', expected: 'new', actual, passed: false }];
  return { ...decision, verdict: 'skip', filters };
}

/** NaN: it has none. */
function dateOf({ committedAt }: Change): number {
  return Date.parse(committedAt ?? '');
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
