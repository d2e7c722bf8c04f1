import type { Change } from './change.ts';
import { skipVerdicts, sourceVerdict } from './commit-filters.ts';
import type { Decision, FilterVerdict } from './decision.ts';
import { pathFilter } from './path-filter.ts';
import type { Pipeline } from './pipeline.ts';

/** A merge request, or pull request. */
export interface MergeRequest {
  number: number;
  source: string;
  target: string;
  /** Of a branch of another repository: whoever wrote it may not be allowed to write here. */
  isFork?: true | undefined;
}

/** A merge request as a Git server tells of it. */
export function requestOf({
  number,
  source,
  target,
  isFork,
}: Pick<MergeRequest, 'number' | 'source' | 'target'> & { isFork: boolean }): MergeRequest {
  return { number, source, target, ...(isFork && { isFork }) };
}

/** What GitLab, GitHub, Gitea and Forgejo call it when a request brings commits. */
const codeActions = ['open', 'opened', 'reopen', 'reopened', 'update', 'synchronize', 'synchronized'];

/**
 * One that is to be merged into another branch than before is another one to pipelines, with the same commit.
 * @returns why nothing is run for a merge request, whatever the pipelines say; null when they are to be asked
 */
export function mergeRequestRefusal({
  number,
  action,
  retargetedFrom,
}: Pick<MergeRequest, 'number'> & { action: string; retargetedFrom?: string | undefined }): string | null {
  if (codeActions.includes(action) || retargetedFrom !== undefined) return null;
  // GitLab's own button for a test sends none.
  if (action === '') return `merge request ${number} comes without an action: nothing runs for it`;
  return `merge request ${number} (${action}) brings no commit: nothing runs for it`;
}

/**
 * @returns why nothing of a fork is even fetched: no pipeline has said that it runs the code of strangers; null: one has, or
 * it is of no fork
 */
export function forkRefusal(
  { number, source, isFork }: MergeRequest,
  pipelines: readonly Pick<Pipeline, 'on'>[],
): string | null {
  const isWanted = pipelines.some(({ on }) => on.mergeRequest?.forks === true);
  if (isFork !== true || isWanted) return null;
  return `merge request ${number} is of a fork (its branch ${source}): untrusted, so no pipeline runs for it without 'forks: true' below its 'merge-request'`;
}

/** What a merge request's newest commit is to a pipeline; every filter is evaluated, also after one has failed. */
export function decideMergeRequest(
  { on, source }: Pipeline,
  { request, message }: Pick<Change, 'message'> & { request: MergeRequest },
  hasSource: boolean,
): Decision {
  const trigger = on.mergeRequest;
  if (trigger === null) {
    const filters = [
      { filter: 'on', expected: 'merge-request', actual: 'no merge-request trigger', passed: false },
    ];
    return { verdict: 'skip', filters };
  }
  const filters: FilterVerdict[] = [
    {
      filter: 'branches',
      expected: trigger.branches.join(', '),
      actual: `into ${request.target}`,
      passed: pathFilter(trigger.branches).matches(request.target),
    },
    ...(request.isFork === true ? [forkVerdict(trigger.forks === true)] : []),
    sourceVerdict(source.path, hasSource),
    ...skipVerdicts({ message }),
  ];
  return { verdict: filters.every(({ passed }) => passed) ? 'run' : 'skip', filters };
}

function forkVerdict(passed: boolean): FilterVerdict {
  return { filter: 'forks', expected: passed ? 'forks: true' : 'no fork', actual: 'of a fork', passed };
}
