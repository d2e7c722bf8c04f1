import type { Change } from './change.ts';
import { skipVerdicts, sourceVerdict } from './commit-filters.ts';
import type { Decision, FilterVerdict } from './decision.ts';
import { branchOfRef } from './git-names.ts';
import { pathFilter } from './path-filter.ts';
import type { Pipeline } from './pipeline.ts';

/** Those in which a pipeline of GitLab has ended. */
export const gitlabEnds = ['success', 'failed', 'canceled', 'skipped'] as const;
export type GitlabEnd = (typeof gitlabEnds)[number];

/** A pipeline of GitLab that has ended. */
export interface GitlabPipeline {
  id: number;
  status: GitlabEnd;
}

/** What a webhook tells of one. */
export interface ToldGitlabPipeline {
  id: number;
  status: string;
  /** The name of a branch or tag. */
  ref: string;
  isTag: boolean;
  /** Of a merge request: it may have run on a commit that is on no branch, and of a fork. */
  isOfRequest: boolean;
}

export function isGitlabEnd(status: string): status is GitlabEnd {
  return gitlabEnds.some((end) => end === status);
}

/** @returns why nothing comes of it, whatever the pipelines say; null when they are to be asked */
export function gitlabPipelineRefusal({ id, status, isOfRequest }: ToldGitlabPipeline): string | null {
  if (!isGitlabEnd(status)) return `pipeline ${id} of GitLab is ${status}: nothing runs before it has ended`;
  if (!isOfRequest) return null;
  return `pipeline ${id} of GitLab is of a merge request: only those of branches and tags start runs`;
}

/** The branch, as pipelines see it, that it ran for; null for what is none. */
export function branchOfGitlabPipeline({ ref, isTag }: ToldGitlabPipeline): string | null {
  return branchOfRef(`refs/${isTag ? 'tags' : 'heads'}/${ref}`);
}

/** What the end of GitLab's pipeline is to a pipeline; every filter is evaluated, also after one has failed. */
export function decideGitlabPipeline(
  { on, source }: Pipeline,
  { branch, message, gitlab }: Pick<Change, 'branch' | 'message'> & { gitlab: GitlabPipeline },
  hasSource: boolean,
): Decision {
  const trigger = on.gitlabPipeline ?? null;
  if (trigger === null) {
    const actual = 'no gitlab-pipeline trigger';
    return {
      verdict: 'skip',
      filters: [{ filter: 'on', expected: 'gitlab-pipeline', actual, passed: false }],
    };
  }
  const filters: FilterVerdict[] = [
    {
      filter: 'status',
      expected: trigger.status.join(', '),
      actual: gitlab.status,
      passed: trigger.status.includes(gitlab.status),
    },
    {
      filter: 'branches',
      expected: trigger.branches.join(', '),
      actual: branch,
      passed: pathFilter(trigger.branches).matches(branch),
    },
    sourceVerdict(source.path, hasSource),
    ...skipVerdicts({ message }),
  ];
  return { verdict: filters.every(({ passed }) => passed) ? 'run' : 'skip', filters };
}
