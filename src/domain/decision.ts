import type { Change, ChangedPath } from './change.ts';
import { commitVerdicts } from './commit-filters.ts';
import { pathFilter } from './path-filter.ts';
import type { CommitTrigger, Pipeline } from './pipeline.ts';
import { counts, isAbove } from './watched-paths.ts';

/** One filter of a pipeline against one change, in words that explain the verdict. */
export interface FilterVerdict {
  filter: string;
  expected: string;
  actual: string;
  passed: boolean;
}

/** Whether a change makes a run of a pipeline, and why (not): every filter is evaluated, also after one has failed. */
export interface Decision {
  verdict: 'run' | 'skip';
  filters: FilterVerdict[];
}

/** What is known beside the change itself. */
export interface ChangeFacts {
  /** Whether a path of the branch exists at the change's revision; it is asked about what `placesInCopies` gives. */
  exists(path: string): boolean;
  /** The account that the server itself reads the repository with; null for none. */
  ownUser: string | null;
}

const noFacts: ChangeFacts = { exists: () => true, ownUser: null };

/**
 * Decides one pipeline for one change. Paths count relative to `source.path`, as `counts` says. Where the source folder itself
 * was deleted there is nothing to build, so the verdict is skip. Filters that a pipeline does not use are left out.
 */
export function decide(pipeline: Pipeline, change: Change, facts: ChangeFacts = noFacts): Decision {
  const trigger = pipeline.on.commit;
  const { path: base } = pipeline.source;
  const filters = [verdict('repository', pipeline.source.repository, change.repository)];
  if (trigger === null) {
    filters.push({ filter: 'on', expected: 'commit', actual: 'no commit trigger', passed: false });
  } else {
    const isBranchWanted = pathFilter(trigger.branches).matches(change.branch);
    filters.push(
      {
        filter: 'branches',
        expected: trigger.branches.join(', '),
        actual: change.branch,
        passed: isBranchWanted,
      },
      pathsVerdict(trigger, change, { base, exists: facts.exists }),
      sourceVerdict(base, change.paths),
      ...commitVerdicts(trigger, change, facts.ownUser),
    );
  }
  return { verdict: filters.every((filter) => filter.passed) ? 'run' : 'skip', filters };
}

interface Place extends Pick<ChangeFacts, 'exists'> {
  base: string;
}

function verdict(filter: string, expected: string, actual: string): FilterVerdict {
  return { filter, expected, actual, passed: expected === actual };
}

function pathsVerdict(trigger: CommitTrigger, change: Change, { base, exists }: Place): FilterVerdict {
  const { paths: patterns, ignore } = trigger;
  const watched = { base, filter: pathFilter(patterns), ignore, exists };
  const hit = change.paths.find((changed) => counts(changed, watched));
  return {
    filter: 'paths',
    expected: base === '' ? patterns.join(', ') : `${patterns.join(', ')} below ${base}`,
    actual: hit === undefined ? inBrief(change.paths) : describe(hit),
    passed: hit !== undefined,
  };
}

function sourceVerdict(base: string, paths: ChangedPath[]): FilterVerdict {
  const gone = paths.findLast(
    (changed) => changed.kind !== 'file' && (changed.path === base || isAbove(changed.path, base)),
  );
  const isGone = gone?.action === 'deleted';
  return {
    filter: 'source',
    expected: base === '' ? 'the branch exists' : `${base} exists`,
    actual: isGone ? describe(gone) : 'exists',
    passed: !isGone,
  };
}

function inBrief(paths: ChangedPath[]): string {
  if (paths.length === 0) return 'no path';
  const shown = paths.slice(0, 3).map(describe).join(', ');
  return paths.length > 3 ? `${shown} and ${paths.length - 3} more` : shown;
}

function describe({ path, action, external }: ChangedPath): string {
  const through = external === undefined ? '' : ` (an external: ${external})`;
  return `${path === '' ? 'the branch root' : path} ${action}${through}`;
}
