import { createHash, randomUUID } from 'node:crypto';
import { namedRepository } from '../config/named-repository.ts';
import type { GitRepositoryConfig, RepositoryConfig } from '../config/server-config.ts';
import { isNoObject } from '../domain/git-names.ts';
import { gitlabPipelineRefusal } from '../domain/gitlab-pipeline.ts';
import { mergeRequestRefusal } from '../domain/merge-request.ts';
import type { ToldNews } from '../domain/webhook-news.ts';
import type { GenerationKey } from '../store/events.ts';
import type { GitHookSource } from '../store/hook-source.ts';
import { type HookDelivery, keptHeaders } from './accept-event.ts';
import type { AcceptHookDependencies, HookReceipt } from './accept-hook.ts';
import { skipLate } from './skip-late.ts';

/** A hook that tells of something that happened in a Git repository, as it came in. */
export interface IncomingGitHook extends Pick<HookDelivery, 'remote' | 'headers'> {
  source: GitHookSource;
  /** Its name in the server's config, or the addresses that its own server has for it. */
  repository: { name: string } | { urls: readonly string[] };
  /** Whether what the caller showed proves that it speaks for this repository. */
  proves(repository: GitRepositoryConfig): boolean;
  /** Checked. */
  news: ToldNews;
  /** The whole delivery, without secrets; null when it says no more, or is too large. */
  payload: string | null;
  /** What the sender repeats when it delivers the same once more; null where it has no such thing. */
  delivery: string | null;
}

/**
 * Authenticates a hook and stores it; the event is durable when this resolves. A known one is announced all the same: a ref
 * that is pushed to and fro makes equal hooks of different moves.
 */
export async function acceptGitHook(
  { db, intake, repositories, announce }: AcceptHookDependencies,
  hook: IncomingGitHook,
): Promise<HookReceipt> {
  const repository = meantRepository(repositories, hook);
  if (repository === undefined) return { kind: 'denied' };
  const { news } = hook;
  const { name } = repository;
  const content = contentOf(news);
  const refusal = refusalOf(news);
  const forge = hook.source.replace('-hook', '');
  const { eventId, isNew } = await intake.store({
    id: randomUUID(),
    source: hook.source,
    repository: name,
    deliveryKey: hook.delivery === null ? content : `${forge}:${name}:${hook.delivery}`,
    remote: hook.remote,
    headers: keptHeaders(hook.headers),
    body: { ...news },
    payload: hook.payload,
    revision: revisionOf(news),
    ...(refusal === null ? { state: 'received' } : { state: refusal.state, error: refusal.why }),
  });
  if (isNew && news.kind === 'push') await skipLate(db, name, news);
  if (refusal === null) announce({ eventId, repository: name, revision: null });
  return { kind: isNew ? 'stored' : 'known', eventId };
}

function refusalOf(news: ToldNews): { state: 'handled'; why: string } | null {
  // Its poll is soon enough, and by then each ref of the push has been told of.
  if (news.kind === 'push' && news.pushOption !== undefined)
    return { state: 'handled', why: `pushed with the option ${news.pushOption}: nothing runs for it` };
  const why = startRefusal(news);
  return why === null ? null : { state: 'handled', why };
}

function startRefusal(news: ToldNews): string | null {
  if (news.kind === 'merge-request') return mergeRequestRefusal(news);
  return news.kind === 'ci-pipeline' ? gitlabPipelineRefusal(news) : null;
}

/** Whether somebody who shows this proof speaks for any repository at all. */
export function provesAny(
  repositories: Readonly<Record<string, RepositoryConfig>>,
  proves: IncomingGitHook['proves'],
): boolean {
  return Object.values(repositories).some((known) => known.kind === 'git' && proves(known));
}

/** What makes two deliveries without a key the same; null: nothing does. */
function contentOf(news: ToldNews): GenerationKey | null {
  return news.kind === 'hint' ? null : { kind: 'git', within: shortened(wordsOf(news)) };
}

/** What is too long for an index is known by its sum. */
function shortened(words: string): string {
  return Buffer.byteLength(words) <= 1_000 ? words : createHash('sha256').update(words).digest('hex');
}

function wordsOf(news: Exclude<ToldNews, { kind: 'hint' }>): string {
  switch (news.kind) {
    case 'push':
      return [
        news.ref,
        news.before,
        news.after,
        ...(news.pushOption === undefined ? [] : [news.pushOption]),
      ].join(':');
    case 'merge-request':
      return [
        ...['merge-request', news.number, news.action, news.revision],
        ...(news.retargetedFrom === undefined ? [] : [news.retargetedFrom, news.target]),
        ...(news.updatedAt === undefined ? [] : [news.updatedAt]),
      ].join(':');
    case 'ci-pipeline':
      return `ci-pipeline:${news.id}:${news.status}`;
    case 'ref':
      return `${news.action}:${news.ref}`;
  }
}

function revisionOf(news: ToldNews): string | null {
  if (news.kind === 'ref' || news.kind === 'hint') return null;
  const id = news.kind === 'push' ? news.after : news.revision;
  return isNoObject(id) ? null : id;
}

/**
 * Of the repositories whose secret the caller has shown, the one that it names; one that names none means the only one whose
 * secret that is.
 */
function meantRepository(
  repositories: AcceptHookDependencies['repositories'],
  { repository: meant, proves }: IncomingGitHook,
): GitRepositoryConfig | undefined {
  const git = Object.values(repositories).filter((known) => known.kind === 'git');
  if ('name' in meant) return git.find((known) => known.name === meant.name && proves(known));
  const proven = git.filter(proves);
  if (meant.urls.length > 0) return namedRepository(meant.urls, proven);
  return proven.length === 1 ? proven[0] : undefined;
}
