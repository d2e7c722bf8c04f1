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
  /** What has made it, in GitLab's word; '' or absent where that is not told. */
  source?: string | undefined;
}

/** Pipelines beside those of the commit: GitLab does not count them for its branch either, and a child's parent goes on. */
const besideSources: readonly string[] = [
  ...['parent_pipeline', 'webide', 'duo_workflow', 'container_registry_push'],
  ...['ondemand_dast_scan', 'ondemand_dast_validation'],
  ...['security_orchestration_policy', 'pipeline_execution_policy_schedule'],
];

export function isGitlabEnd(status: string): status is GitlabEnd {
  return gitlabEnds.some((end) => end === status);
}

/** @returns why nothing comes of it, whatever the pipelines say; null when they are to be asked */
export function gitlabPipelineRefusal({
  id,
  status,
  isOfRequest,
  source = '',
}: ToldGitlabPipeline): string | null {
  // Such as those that this server tells GitLab of its own runs.
  if (source === 'external')
    return `pipeline ${id} of GitLab has no job of its own, only statuses that other servers told: nothing runs after it`;
  if (besideSources.includes(source))
    return `pipeline ${id} of GitLab (${source}) is not the one of its commit: nothing runs after it`;
  if (status === '') return `pipeline ${id} of GitLab comes without a status: nothing runs after it`;
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
