import { branchVerdicts, tagVerdicts } from './branch-events.ts';
import type { Change, ChangedPath } from './change.ts';
import { commitVerdicts, sourceVerdict } from './commit-filters.ts';
import { pathFilter } from './path-filter.ts';
import type { Pipeline } from './pipeline.ts';
import { isAbove } from './tree-path.ts';
import type { CommitTrigger } from './triggers.ts';
import { counts, isIgnored } from './watched-paths.ts';

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
  /** Which of the pipeline's triggers the change is a case of; absent where that is not asked. */
  trigger?: ChangeTrigger;
}

/** Of the triggers of a pipeline, those that wait for changes of branches. */
export type ChangeTrigger = 'commit' | 'branch' | 'tag';

/** What is known beside the change itself. */
export interface ChangeFacts {
  /** Whether a path of the branch exists at the change's revision; it is asked about what `placesToKnow` gives. */
  exists(path: string): boolean;
  /** The account that the server itself reads the repository with; null for none. */
  ownUser: string | null;
}

const noFacts: ChangeFacts = { exists: () => true, ownUser: null };

/**
 * Decides one pipeline for one change. Paths count relative to `source.path`, as `counts` says. Where the source folder itself
 * was deleted there is nothing to build, so the verdict of a commit is skip. Filters that a pipeline does not use are left out.
 * Of several triggers the first that passes is told, else all that the change might be a case of.
 */
export function decide(pipeline: Pipeline, change: Change, facts: ChangeFacts = noFacts): Decision {
  const repository = verdict('repository', pipeline.source.repository, change.repository);
  const cases = casesOf(pipeline, change, facts);
  const passing = cases.find(({ filters }) => filters.every(({ passed }) => passed));
  if (passing !== undefined) {
    const { trigger, filters } = passing;
    return { verdict: repository.passed ? 'run' : 'skip', filters: [repository, ...filters], trigger };
  }
  const [only, ...others] = cases;
  if (only === undefined) {
    const on = { filter: 'on', expected: 'commit', actual: 'no commit trigger', passed: false };
    return { verdict: 'skip', filters: [repository, on] };
  }
  if (others.length === 0) return { verdict: 'skip', filters: [repository, ...only.filters] };
  const all = cases.flatMap(({ trigger, filters }) =>
    filters.map((filter) => ({ ...filter, filter: `${trigger}.${filter.filter}` })),
  );
  return { verdict: 'skip', filters: [repository, ...all] };
}

interface Case {
  trigger: ChangeTrigger;
  filters: FilterVerdict[];
}

/** What each trigger makes of a change; of several, one that is about something else is left out. */
function casesOf(pipeline: Pipeline, change: Change, facts: ChangeFacts): Case[] {
  const { commit, branch, tag } = pipeline.on;
  const { path: base, only } = pipeline.source;
  const isAlone = [commit, branch, tag].filter((trigger) => trigger !== null).length === 1;
  const cases: Case[] = [];
  if (commit !== null)
    cases.push({ trigger: 'commit', filters: commitFilters(commit, change, { ...facts, base, only }) });
  const isThere = change.happened === 'deleted' ? [] : thereVerdict(base, facts);
  if (branch !== null && (isAlone || change.happened !== undefined))
    cases.push({ trigger: 'branch', filters: [...branchVerdicts(branch, change), ...isThere] });
  if (tag !== null && (isAlone || change.tag !== undefined))
    cases.push({ trigger: 'tag', filters: [...tagVerdicts(tag, change), ...isThere] });
  return cases;
}

function commitFilters(
  trigger: CommitTrigger,
  change: Change,
  { base, only, ...facts }: ChangeFacts & Pick<Place, 'base' | 'only'>,
): FilterVerdict[] {
  const paths = pathsVerdict(trigger, change, { base, only, exists: facts.exists });
  return [
    {
      filter: 'branches',
      expected: trigger.branches.join(', '),
      actual: change.branch,
      passed: pathFilter(trigger.branches).matches(change.branch),
    },
    paths,
    sourceOfChange(base, change.paths, { isTouched: paths.passed, exists: facts.exists }),
    ...commitVerdicts(trigger, change, facts.ownUser),
  ];
}

/** Whether what is to be built came with the branch; nothing where that is the branch itself. */
function thereVerdict(base: string, { exists }: ChangeFacts): FilterVerdict[] {
  if (base === '') return [];
  const isThere = exists(base);
  const actual = isThere ? 'exists' : 'is not there';
  return [{ filter: 'source', expected: `${base} exists`, actual, passed: isThere }];
}

interface Place extends Pick<ChangeFacts, 'exists'> {
  base: string;
  only: readonly string[] | undefined;
}

function verdict(filter: string, expected: string, actual: string): FilterVerdict {
  return { filter, expected, actual, passed: expected === actual };
}

function pathsVerdict(trigger: CommitTrigger, change: Change, { base, only, exists }: Place): FilterVerdict {
  const { paths: patterns, ignore } = trigger;
  const watched = { base, only, filter: pathFilter(patterns), ignore, exists };
  const hit = change.paths.find((changed) => counts(changed, watched));
  return {
    filter: 'paths',
    expected: [
      patterns.join(', '),
      ...(base === '' ? [] : [`below ${base}`]),
      ...(only === undefined ? [] : [`in ${only.join(', ')}`]),
    ].join(' '),
    actual: hit === undefined ? inBrief(change.paths, ignore) : describe(hit),
    passed: hit !== undefined,
  };
}

/** Where nothing of the source was touched nobody has asked whether it is there at all. */
function sourceOfChange(
  base: string,
  paths: ChangedPath[],
  { isTouched, exists }: Pick<ChangeFacts, 'exists'> & { isTouched: boolean },
): FilterVerdict {
  const gone = paths.findLast(
    (changed) => changed.kind !== 'file' && (changed.path === base || isAbove(changed.path, base)),
  );
  if (gone?.action === 'deleted') return sourceVerdict(base, false, describe(gone));
  if (base !== '' && !exists(base)) return sourceVerdict(base, false);
  const isSeen = base === '' || isTouched || paths.some(({ path }) => path === base || isAbove(base, path));
  return { ...sourceVerdict(base, true), ...(!isSeen && { actual: 'not deleted' }) };
}

function inBrief(paths: ChangedPath[], ignore: CommitTrigger['ignore']): string {
  if (paths.length === 0) return 'no path';
  const describeMiss = (changed: ChangedPath) => describe(changed) + whyIgnored(changed, ignore);
  const shown = paths.slice(0, 3).map(describeMiss).join(', ');
  return paths.length > 3 ? `${shown} and ${paths.length - 3} more` : shown;
}

/** A path that fits the patterns does not count for this, which nobody would guess. */
function whyIgnored(changed: ChangedPath, ignore: CommitTrigger['ignore']): string {
  if (!isIgnored(changed, ignore)) return '';
  return ignore.includes('properties') ? ' (only properties, ignored)' : ' (only svn:mergeinfo, ignored)';
}

function describe({ path, action, external }: ChangedPath): string {
  const through = external === undefined ? '' : ` (an external: ${external})`;
  return `${path === '' ? 'the branch root' : path} ${action}${through}`;
}
