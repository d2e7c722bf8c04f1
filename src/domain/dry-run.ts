import type { Change } from './change.ts';
import { type Decision, decide, type FilterVerdict } from './decision.ts';
import { decideGitlabPipeline, type GitlabPipeline } from './gitlab-pipeline.ts';
import { decideMergeRequest, type MergeRequest } from './merge-request.ts';
import { defaultParameters, readValue } from './parameters.ts';
import { pathFilter } from './path-filter.ts';
import type { Pipeline, TriggerKind } from './pipeline.ts';
import { settleConditions, touchedBy } from './step-conditions.ts';

/** Something that might happen, as far as it is known. */
export type Happening =
  | CommitHappening
  | MergeRequestHappening
  | GitlabPipelineHappening
  | { kind: 'schedule' | 'request' }
  | UpstreamHappening;

export interface CommitHappening
  extends Pick<
    Change,
    'happened' | 'renamed' | 'isReplaced' | 'properties' | 'tag' | 'isMovedTag' | 'pushOption'
  > {
  kind: 'commit';
  branch: string;
  /** Files relative to the branch's root, folders with a slash at the end; empty: whichever a pipeline asks for. */
  paths: readonly string[];
  author: string | null;
  message: string;
}

interface MergeRequestHappening {
  kind: 'merge-request';
  request: MergeRequest;
  /** Of its newest commit. */
  message: string;
}

interface GitlabPipelineHappening {
  kind: 'gitlab-pipeline';
  gitlab: GitlabPipeline;
  branch: string;
  /** Of its commit. */
  message: string;
}

interface UpstreamHappening {
  kind: 'pipeline';
  /** The other pipeline, whose run has ended. */
  name: string;
  branch: string;
  isSuccess: boolean;
}

/** Whether something would make a run of a pipeline, and why (not), by the very filters that the server uses. */
export function decideDry(pipeline: Pipeline, happening: Happening): Decision {
  switch (happening.kind) {
    case 'commit':
      return decideCommit(pipeline, happening);
    case 'merge-request':
      return decideMergeRequest(pipeline, happening, true);
    case 'gitlab-pipeline':
      return decideGitlabPipeline(pipeline, happening, true);
    case 'schedule':
      return verdictOf([presence(pipeline, 'schedule', pipeline.on.schedule?.cron ?? null)]);
    case 'request':
      return verdictOf([]);
    case 'pipeline':
      return verdictOf(upstreamFilters(pipeline, happening));
  }
}

/** The pipeline as a run would have it that this makes: the steps whose conditions do not hold say why. */
export function settleDry(
  pipeline: Pipeline,
  happening: Happening,
  { branch, given = {} }: { branch: string; given?: Readonly<Record<string, string>> },
): Pipeline {
  const trigger = causeOf(pipeline, happening);
  const paths = happening.kind === 'commit' ? changeOf(pipeline, happening).paths : [];
  const touched = touchedBy(pipeline, paths, paths.length > 0);
  const { parameters: declared = [] } = pipeline;
  const taken = declared.flatMap((one) => {
    const value = Object.hasOwn(given, one.name) ? readValue(one, given[one.name] ?? '') : null;
    return value === null ? [] : [[one.name, value] as const];
  });
  const parameters = { ...defaultParameters(declared), ...Object.fromEntries(taken) };
  return settleConditions(pipeline, { trigger, touched, branch, parameters });
}

function causeOf(pipeline: Pipeline, happening: Happening): TriggerKind {
  if (happening.kind === 'request') return 'api';
  if (happening.kind !== 'commit') return happening.kind;
  const { trigger } = decideCommit(pipeline, happening);
  if (trigger !== 'branch') return trigger ?? 'commit';
  return happening.happened === 'deleted' ? 'branch-deleted' : 'branch-created';
}

function decideCommit(pipeline: Pipeline, happening: CommitHappening): Decision {
  const isOpen = happening.paths.length === 0 && happening.happened !== 'deleted';
  const change = changeOf(pipeline, happening);
  const { filters, trigger } = isOpen
    ? decide(onAnyPath(pipeline), { ...change, paths: [anyPath] })
    : decide(pipeline, change);
  const asked = filters.filter(({ filter }) => filter !== 'repository' && !(isOpen && isOfSource(filter)));
  const decision = verdictOf(isOpen ? asked.map((filter) => withAnyPath(pipeline, filter)) : asked);
  return trigger === undefined ? decision : { ...decision, trigger };
}

const anyPath = { path: 'any path', action: 'modified', kind: 'file' } as const;
const goneRoot = { path: '', action: 'deleted', kind: 'directory' } as const;

/** Where it is not known what a commit changed, it changed what the pipeline asks for. */
function onAnyPath({ on, source, ...pipeline }: Pipeline): Pipeline {
  const commit = on.commit === null ? null : { ...on.commit, paths: ['**'] };
  return { ...pipeline, source: { ...source, path: '' }, on: { ...on, commit } };
}

function withAnyPath({ on, source }: Pipeline, filter: FilterVerdict): FilterVerdict {
  if (!/^(?:commit\.)?paths$/.test(filter.filter)) return filter;
  const expected = on.commit?.paths.join(', ') ?? '';
  return {
    ...filter,
    expected: source.path === '' ? expected : `${expected} below ${source.path}`,
    actual: 'any path',
  };
}

function isOfSource(filter: string): boolean {
  return /^(?:commit\.)?source$/.test(filter);
}

/** Of the pipeline's own repository: which one changed is what the pipeline file says, not something that is looked for. */
function changeOf({ source }: Pipeline, happening: CommitHappening): Change {
  const { kind: _, branch, paths, author, message, ...facts } = happening;
  return {
    repository: source.repository,
    generation: 1,
    branch,
    move: 1,
    revision: '1',
    author,
    committedAt: null,
    message,
    ...facts,
    paths:
      facts.happened === 'deleted'
        ? [goneRoot]
        : paths.map((path) => ({
            path: path.replace(/\/$/, ''),
            action: 'modified',
            kind: path.endsWith('/') ? 'directory' : 'file',
          })),
  };
}

function upstreamFilters(pipeline: Pipeline, happening: UpstreamHappening): FilterVerdict[] {
  const trigger = pipeline.on.pipeline;
  if (trigger === null) return [presence(pipeline, 'pipeline', null)];
  const end = happening.isSuccess ? 'succeeded' : 'failed';
  return [
    {
      filter: 'pipeline',
      expected: trigger.name,
      actual: happening.name,
      passed: trigger.name === happening.name,
    },
    { filter: 'on', expected: trigger.on, actual: end, passed: trigger.on === 'ended' || trigger.on === end },
    {
      filter: 'branches',
      expected: trigger.branches.join(', '),
      actual: happening.branch,
      passed: pathFilter(trigger.branches).matches(happening.branch),
    },
  ];
}

function presence({ on }: Pipeline, kind: string, found: string | null): FilterVerdict {
  const others = Object.entries(on).flatMap(([name, trigger]) => (trigger === null ? [] : [keyOf(name)]));
  const instead = others.length === 0 ? 'requests only' : `${others.join(', ')} only`;
  return { filter: 'on', expected: kind, actual: found ?? instead, passed: found !== null };
}

/** As it is written in the file. */
function keyOf(trigger: string): string {
  return trigger.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
}

function verdictOf(filters: FilterVerdict[]): Decision {
  return { verdict: filters.every(({ passed }) => passed) ? 'run' : 'skip', filters };
}
