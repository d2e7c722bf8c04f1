import { z } from 'zod';
import { isObjectId } from './git-names.ts';
import { pathsOf, pushNews, type WebhookNews } from './webhook-news.ts';
import { number, pushedCommits, text } from './webhook-schemas.ts';

const addresses = z.looseObject({ git_http_url: text, git_ssh_url: text }).optional().catch(undefined);

/** What is read of what GitLab sends, of any version; a template of the administrator's may give it any other shape. */
const gitlabPayload = z.looseObject({
  object_kind: text,
  event_name: text,
  ref: text,
  before: text,
  after: text,
  user_username: text,
  user: z.looseObject({ username: text }).optional().catch(undefined),
  commits: pushedCommits,
  total_commits_count: z.number().catch(0),
  push_options: z
    .looseObject({ ci: z.looseObject({ skip: z.unknown() }) })
    .optional()
    .catch(undefined),
  project: addresses,
  /** Before version 8.5 the only one; of merge requests it has other keys. */
  repository: addresses,
  /** Of a pipeline: the merge request that it is of. */
  merge_request: z.unknown().optional(),
  changes: z
    .looseObject({ target_branch: z.looseObject({ previous: text }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
  object_attributes: z
    .looseObject({
      iid: number,
      id: number,
      action: text,
      state: text,
      oldrev: text,
      updated_at: text,
      source_branch: text,
      target_branch: text,
      source_project_id: z.unknown().optional(),
      target_project_id: z.unknown().optional(),
      last_commit: z.looseObject({ id: text }).optional().catch(undefined),
      ref: text,
      tag: z.boolean().catch(false),
      sha: text,
      status: text,
      source: text,
    })
    .optional()
    .catch(undefined),
});
type GitlabPayload = z.output<typeof gitlabPayload>;

/** @param event what the header names: `Push Hook`; it stays the same where a template gives the payload another shape */
export function readGitlabPayload(payload: unknown, event = ''): WebhookNews {
  const parsed = gitlabPayload.safeParse(payload);
  if (!parsed.success) return { kind: 'ignored', why: 'it is no event of GitLab' };
  const { data } = parsed;
  const kind = data.object_kind || data.event_name;
  if (kind === 'push' || kind === 'tag_push') return pushIn(data);
  if (kind === 'merge_request') return mergeRequestIn(data);
  if (kind === 'pipeline') return ciPipelineIn(data);
  // Of a push of many refs GitLab sends this alone, to hooks of the whole server.
  if (kind === 'repository_update') return { kind: 'hint', ...sender(data) };
  if (kind === '' && /^(?:Tag )?Push Hook$/.test(event)) return { kind: 'hint', ...sender(data) };
  return { kind: 'ignored', why: 'it is no push, tag, merge request or pipeline' };
}

function pushIn({ ref, before, after, ...data }: GitlabPayload): WebhookNews {
  const paths = pathsOf(data.commits, data.total_commits_count);
  const option = isSkipped(data.push_options?.ci.skip) ? ({ pushOption: 'ci.skip' } as const) : {};
  return pushNews({ ref, before, after }, { ...sender(data), paths, ...option });
}

/** `-o ci.skip` comes as `true`, `-o ci.skip=true` as a text. */
function isSkipped(option: unknown): boolean {
  return option === true || option === 'true';
}

function mergeRequestIn(data: GitlabPayload): WebhookNews {
  const request = data.object_attributes;
  const revision = request?.last_commit?.id ?? '';
  if (request === undefined || !isObjectId(revision)) {
    return { kind: 'ignored', why: 'the merge request names no commit' };
  }
  if (request.iid === 0) return { kind: 'ignored', why: 'the merge request has no number' };
  const retargetedFrom = previousTarget(data);
  // An update that brings no code (a title, a label) has no old revision.
  if (request.action === 'update' && request.oldrev === '' && retargetedFrom === '') {
    return { kind: 'ignored', why: 'the merge request has no new commit' };
  }
  return {
    kind: 'merge-request',
    ...sender(data),
    number: request.iid,
    action: request.action,
    source: request.source_branch,
    target: request.target_branch,
    ...(retargetedFrom !== '' && { retargetedFrom }),
    ...(request.updated_at !== '' && { updatedAt: request.updated_at }),
    // One that does not say whose it is may be anybody's.
    isFork:
      request.source_project_id === undefined || request.source_project_id !== request.target_project_id,
    ref: `refs/merge-requests/${request.iid}/head`,
    revision,
  };
}

/** Where an open one was to be merged before; '' where that has not changed. A new one tells its own target as a change from nothing. */
function previousTarget({ changes, object_attributes: request }: GitlabPayload): string {
  const isOpen = request?.action === 'update' && !['closed', 'merged'].includes(request.state);
  return isOpen ? (changes?.target_branch?.previous ?? '') : '';
}

function ciPipelineIn(data: GitlabPayload): WebhookNews {
  const pipeline = data.object_attributes;
  if (pipeline === undefined || !isObjectId(pipeline.sha)) {
    return { kind: 'ignored', why: 'the pipeline names no commit' };
  }
  const { id, status, ref, tag: isTag, sha: revision, source } = pipeline;
  const isOfRequest = source === 'merge_request_event' || data.merge_request != null;
  return { kind: 'ci-pipeline', ...sender(data), id, status, ref, isTag, isOfRequest, source, revision };
}

function sender(data: Pick<GitlabPayload, 'project' | 'repository' | 'user' | 'user_username'>) {
  const { git_http_url: http = '', git_ssh_url: ssh = '' } = data.project ?? data.repository ?? {};
  const by = data.user?.username || data.user_username;
  return { urls: [http, ssh].filter((url) => url !== ''), by: by === '' ? null : by };
}
