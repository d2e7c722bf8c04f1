import { branchOfRef, isNoObject, isObjectId } from './git-names.ts';

/** What a webhook of a Git server tells, whoever sent it. A hint only: what has really happened is read from the repository. */
export type WebhookNews =
  | RefMoveNews
  | MergeRequestNews
  | CiPipelineNews
  | RefNews
  | HintNews
  /** Nothing comes of it; `why` ends the sentence "ignored because". */
  | { kind: 'ignored'; why: string };

/** What is kept of it: all but the addresses, and the files, which are read from the repository. */
export type ToldNews = KeptOf<Exclude<WebhookNews, { kind: 'ignored' }>>;
type KeptOf<News> = News extends unknown ? Omit<News, 'urls' | 'paths'> : never;

interface FromRepository {
  /** The addresses that the server has for the repository. */
  urls: string[];
  /** The account that did it, where the server vouches for it; never what a commit says of itself. */
  by: string | null;
}

interface RefMoveNews extends FromRepository {
  kind: 'push';
  ref: string;
  /** An id of zeros: the ref did not exist before, or does not now. */
  before: string;
  after: string;
  /** Whoever pushed wants nothing to be run for it. */
  pushOption?: 'ci.skip';
  /** null: the list was cut off or is empty, so that it says nothing. */
  paths: string[] | null;
}

interface MergeRequestNews extends FromRepository {
  kind: 'merge-request';
  number: number;
  action: string;
  source: string;
  target: string;
  /** The branch that it was to be merged into before; absent where that has not changed. */
  retargetedFrom?: string;
  /** In GitLab's words: a delivery that is repeated has the same, a commit that comes back to the request another one. */
  updatedAt?: string;
  /** From a repository that is not ours: whoever wrote it may not be allowed to write here. */
  isFork: boolean;
  /** Under which the server keeps its newest commit: `refs/pull/7/head`. */
  ref: string;
  revision: string;
}

interface CiPipelineNews extends FromRepository {
  kind: 'ci-pipeline';
  id: number;
  status: string;
  /** The name of a branch or tag. */
  ref: string;
  isTag: boolean;
  isOfRequest: boolean;
  source: string;
  revision: string;
}

/** A branch or tag was made or deleted. */
interface RefNews extends FromRepository {
  kind: 'ref';
  ref: string;
  action: string;
}

/** Something was pushed; what, it does not say. It may name no address. */
interface HintNews extends FromRepository {
  kind: 'hint';
}

export function toldBy({ urls: _, ...news }: Exclude<WebhookNews, { kind: 'ignored' }>): ToldNews {
  if (news.kind !== 'push') return news;
  const { paths: __, ...kept } = news;
  return kept;
}

/** Checks what a push tells of its ref. */
export function pushNews(
  push: { ref: string; before: string; after: string },
  about: FromRepository & Pick<RefMoveNews, 'paths' | 'pushOption'>,
): WebhookNews {
  if (isNoObject(push.before) && isNoObject(push.after))
    return { kind: 'ignored', why: 'its ref was not there before and is not there now' };
  const isKnown = branchOfRef(push.ref) !== null && isObjectId(push.before) && isObjectId(push.after);
  return isKnown
    ? { kind: 'push', ...push, ...about }
    : { kind: 'ignored', why: 'it is no push of a branch or tag' };
}

/** What some commits changed together; null when that is not all of the push. */
export function pathsOf(
  commits: readonly { added: string[]; modified: string[]; removed: string[] }[],
  total: number,
): string[] | null {
  if (commits.length === 0 || commits.length < total) return null;
  return [...new Set(commits.flatMap(({ added, modified, removed }) => [...added, ...modified, ...removed]))];
}
