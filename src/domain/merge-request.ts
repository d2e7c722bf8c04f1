import type { Change } from './change.ts';
import { skipVerdicts, sourceVerdict } from './commit-filters.ts';
import type { Decision, FilterVerdict } from './decision.ts';
import { pathFilter } from './path-filter.ts';
import type { Pipeline } from './pipeline.ts';

/** A merge request, or pull request, of branches of one repository. */
export interface MergeRequest {
  number: number;
  source: string;
  target: string;
}

/** What GitLab, GitHub, Gitea and Forgejo call it when a request brings commits. */
const codeActions = ['open', 'opened', 'reopen', 'reopened', 'update', 'synchronize', 'synchronized'];

/**
 * Why nothing is run for a merge request, whatever the pipelines say. Code of strangers gets neither our secrets nor our
 * clusters.
 * @returns null when the pipelines are to be asked
 */
export function mergeRequestRefusal(
  told: MergeRequest & { action: string; isFork: boolean },
): { state: 'failed' | 'handled'; why: string } | null {
  const { number, source, action, isFork } = told;
  if (isFork) {
    const why = `merge request ${number} is of a fork (its branch ${source}): untrusted, so no pipeline runs for it`;
    return { state: 'failed', why };
  }
  if (codeActions.includes(action)) return null;
  return {
    state: 'handled',
    why: `merge request ${number} (${action}) brings no commit: nothing runs for it`,
  };
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
    sourceVerdict(source.path, hasSource),
    ...skipVerdicts({ message }),
  ];
  return { verdict: filters.every(({ passed }) => passed) ? 'run' : 'skip', filters };
}
