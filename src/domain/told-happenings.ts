import { z } from 'zod';
import { gitTag, subversionTag } from './branch-events.ts';
import type { CommitHappening, Happening } from './dry-run.ts';
import { branchOfRef, isNoObject } from './git-names.ts';
import { readGithubPayload } from './github-payload.ts';
import { readGitlabPayload } from './gitlab-payload.ts';
import {
  branchOfGitlabPipeline,
  gitlabPipelineRefusal,
  isGitlabEnd,
  type ToldGitlabPipeline,
} from './gitlab-pipeline.ts';
import { mergeRequestRefusal, requestOf } from './merge-request.ts';
import { type KeptNews, readStoredEvent, type StoredChange } from './stored-event.ts';
import type { WebhookNews } from './webhook-news.ts';

/** What a webhook's payload, or an event that a server has stored, tells: what there is to decide, or why there is nothing. */
export type ToldHappening = { repository: { name: string } | { urls: string[] } | null } & (
  | { happening: Happening }
  | { nothing: string }
);

/**
 * Reads what `trunkline explain EVENT --json` prints, of a revision all its events, or what GitLab, GitHub, Gitea or Forgejo send. Of the latter three
 * `event` is what their header names; without it, it is guessed by what is there.
 * @returns null for what is neither
 */
export function toldHappenings(payload: unknown, event: string | null): ToldHappening[] | null {
  const several = severalEvents.safeParse(payload);
  if (several.success) {
    const all = several.data.items.map((one) => toldHappenings(one, event));
    return all.includes(null) ? null : all.flatMap((told) => told ?? []);
  }
  const stored = readStoredEvent(payload);
  if (stored === null) return webhookHappenings(payload, event);
  const { name, changes, body } = stored;
  const repository = name === null ? null : { name };
  if (changes.length > 0) {
    return changes.map((change) => ({ repository, happening: happeningOfChange(change, stored.isGit) }));
  }
  if (stored.news !== null) return [{ repository, ...decidable(stored.news, noCommit) }];
  const told = webhookHappenings(body, event) ?? [{ repository, nothing: tellsNothing }];
  return told.map((one) => ({ ...one, repository: repository ?? one.repository }));
}

/** As `trunkline explain r812 --json` prints them. */
const severalEvents = z.strictObject({ items: z.array(z.unknown()).min(1) });

const tellsNothing =
  'it names no more than a revision: what that changed, a server reads from the repository';

function happeningOfChange(change: StoredChange, isGit: boolean): Happening {
  const { branch, paths, author, message, happened, mergeRequest, gitlabPipeline } = change;
  const { renamed, isReplaced, revisionProperties: properties } = change;
  if (mergeRequest != null) return { kind: 'merge-request', request: mergeRequest, message };
  if (gitlabPipeline != null) return { kind: 'gitlab-pipeline', gitlab: gitlabPipeline, branch, message };
  const tag = isGit ? gitTag(branch) : subversionTag(branch);
  return {
    kind: 'commit',
    ...{ branch, paths, author, message, properties },
    ...(happened != null && { happened }),
    ...(renamed != null && { renamed }),
    ...(isReplaced === true && { isReplaced }),
    ...(tag !== undefined && { tag }),
    ...(isGit && tag !== undefined && happened == null && { isMovedTag: true as const }),
  };
}

function webhookHappenings(payload: unknown, event: string | null): ToldHappening[] | null {
  const shape = payloadShape.safeParse(payload);
  if (!shape.success) return null;
  const { data } = shape;
  const isGitlab = data.object_kind !== undefined || data.event_name !== undefined;
  const name = event ?? guessedEvent(data);
  if (data.uuid !== undefined && data.revision !== undefined)
    return [{ repository: null, nothing: tellsNothing }];
  if (!isGitlab && name === null) return null;
  const news = isGitlab ? readGitlabPayload(payload) : readGithubPayload(name ?? '', payload);
  const repository = news.kind === 'ignored' ? null : { urls: news.urls };
  return [{ repository, ...decidable(news, commitIn(data)) }];
}

const commit = z.looseObject({
  id: z.string().default(''),
  message: z.string().default(''),
  author: z.looseObject({ name: z.string().optional() }).optional(),
});

const payloadShape = z.looseObject({
  /** Of a hook of Subversion. */
  uuid: z.string().optional(),
  revision: z.number().optional(),
  object_kind: z.string().optional(),
  event_name: z.string().optional(),
  zen: z.string().optional(),
  ref: z.string().optional(),
  ref_type: z.string().optional(),
  master_branch: z.string().nullish(),
  after: z.string().optional(),
  pull_request: z.unknown().optional(),
  commits: z.array(commit).nullish().catch(null),
  head_commit: commit.nullish().catch(null),
  /** Of a pipeline. */
  commit: commit.nullish().catch(null),
  object_attributes: z.looseObject({ last_commit: commit.nullish().catch(null) }).optional(),
});
type PayloadShape = z.output<typeof payloadShape>;

/** GitHub tells the event's name in a header only. */
function guessedEvent({
  zen,
  ref,
  ref_type,
  master_branch,
  after,
  pull_request,
}: PayloadShape): string | null {
  if (pull_request !== undefined) return 'pull_request';
  if (ref_type !== undefined) return master_branch === undefined ? 'delete' : 'create';
  if (ref !== undefined && after !== undefined) return 'push';
  return zen === undefined ? null : 'ping';
}

interface ToldCommit {
  author: string | null;
  message: string;
}
const noCommit: ToldCommit = { author: null, message: '' };

/** The newest commit, as far as the payload tells of it. */
function commitIn({ after, commits, head_commit, commit: own, object_attributes }: PayloadShape): ToldCommit {
  const listed = commits?.find(({ id }) => id === after);
  const newest = head_commit ?? listed ?? object_attributes?.last_commit ?? own;
  return newest == null ? noCommit : { author: newest.author?.name ?? null, message: newest.message };
}

function decidable(
  news: Extract<WebhookNews, { kind: 'ignored' }> | (KeptNews & { paths?: string[] | null }),
  told: ToldCommit,
): { happening: Happening } | { nothing: string } {
  switch (news.kind) {
    case 'ignored':
      return { nothing: `ignored, because ${news.why}` };
    case 'hint':
      return { nothing: 'a push that does not say of what: the server looks at every ref of the repository' };
    case 'ci-pipeline':
      return gitlabPipelineIn(news, told);
    case 'merge-request': {
      const refusal = mergeRequestRefusal(news);
      if (refusal !== null) return { nothing: refusal };
      return {
        happening: { kind: 'merge-request', request: requestOf(news), message: told.message },
      };
    }
    case 'ref': {
      const isMade = news.action === 'create';
      const none = '0';
      const move = { before: isMade ? none : '1', after: isMade ? '1' : none };
      return moveOf({ ref: news.ref, ...move, paths: null }, told);
    }
    case 'push':
      return moveOf({ ...news, paths: news.paths ?? null }, told);
  }
}

function gitlabPipelineIn(
  news: ToldGitlabPipeline,
  { message }: ToldCommit,
): { happening: Happening } | { nothing: string } {
  const { id, status } = news;
  const [refusal, branch] = [gitlabPipelineRefusal(news), branchOfGitlabPipeline(news)];
  if (refusal !== null) return { nothing: refusal };
  if (branch === null || !isGitlabEnd(status)) return { nothing: `${news.ref} is no branch or tag` };
  return { happening: { kind: 'gitlab-pipeline', gitlab: { id, status }, branch, message } };
}

interface ToldMove {
  ref: string;
  before: string;
  after: string;
  paths: string[] | null;
  pushOption?: CommitHappening['pushOption'] | undefined;
}

function moveOf(
  { ref, before, after, paths, pushOption }: ToldMove,
  told: ToldCommit,
): { happening: CommitHappening } | { nothing: string } {
  const branch = branchOfRef(ref);
  if (branch === null) return { nothing: `${ref} is no branch or tag` };
  const tag = gitTag(branch);
  const isThere = !isNoObject(before);
  const facts = {
    ...(isNoObject(after) ? { happened: 'deleted' as const } : !isThere && { happened: 'created' as const }),
    ...(tag !== undefined && { tag }),
    ...(pushOption !== undefined && { pushOption }),
    ...(tag !== undefined && isThere && !isNoObject(after) && { isMovedTag: true as const }),
  };
  return { happening: { kind: 'commit', branch, paths: paths ?? [], ...told, ...facts } };
}
