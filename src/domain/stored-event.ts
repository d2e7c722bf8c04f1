import { z } from 'zod';
import { branchEvents } from './branch-events.ts';
import { gitlabEnds } from './gitlab-pipeline.ts';

const change = z.looseObject({
  branch: z.string(),
  revision: z.string(),
  author: z.string().nullable(),
  message: z.string(),
  paths: z.array(z.string()),
  happened: z.enum(branchEvents).nullish(),
  renamed: z.object({ from: z.string(), to: z.string() }).nullish(),
  isReplaced: z.boolean().nullish(),
  revisionProperties: z.record(z.string(), z.string()).default({}),
  mergeRequest: z
    .object({
      number: z.int(),
      source: z.string(),
      target: z.string(),
      isFork: z.literal(true).optional(),
    })
    .nullish(),
  gitlabPipeline: z.object({ id: z.int(), status: z.enum(gitlabEnds) }).nullish(),
});
export type StoredChange = z.output<typeof change>;

const storedEvent = z.looseObject({
  source: z.string(),
  receivedAt: z.string(),
  repository: z.string().nullable(),
  body: z.unknown(),
  payload: z.string().nullish(),
  changes: z.array(change).default([]),
});

/** What older versions have stored does not say all of it. */
export const keptGitlabPipeline = z.object({
  kind: z.literal('ci-pipeline'),
  id: z.int(),
  status: z.string(),
  ref: z.string(),
  isTag: z.boolean().default(false),
  isOfRequest: z.boolean().default(false),
  source: z.string().optional(),
});

/** What counts of a Git server's delivery, as it is stored. */
const keptNews = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('push'),
    ref: z.string(),
    before: z.string(),
    after: z.string(),
    pushOption: z.literal('ci.skip').optional(),
  }),
  z.object({ kind: z.literal('ref'), ref: z.string(), action: z.string() }),
  z.object({ kind: z.literal('hint') }),
  keptGitlabPipeline,
  z.object({
    kind: z.literal('merge-request'),
    number: z.int(),
    action: z.string(),
    source: z.string(),
    target: z.string(),
    isFork: z.boolean(),
  }),
]);
export type KeptNews = z.output<typeof keptNews>;

/** An event as a server tells it: what it found, or else what was sent. */
export interface StoredEvent {
  /** Of the repository. */
  name: string | null;
  isGit: boolean;
  changes: StoredChange[];
  /** What was sent. */
  body: unknown;
  /** What was kept of it, where that is not all. */
  news: KeptNews | null;
}

/** @returns null for something else */
export function readStoredEvent(value: unknown): StoredEvent | null {
  const parsed = storedEvent.safeParse(value);
  if (!parsed.success) return null;
  const { repository, source, changes, payload, body } = parsed.data;
  const isGit = ['git-hook', 'gitlab-hook', 'github-hook', 'gitea-hook'].includes(source);
  const isFoundInGit = changes.some(({ revision }) => /^[0-9a-f]{40,64}$/.test(revision));
  const sent = sentBody(payload);
  const news = keptNews.safeParse(body);
  return {
    ...{ name: repository, isGit: isGit || isFoundInGit, changes, body: sent ?? body },
    news: sent === null && news.success ? news.data : null,
  };
}

function sentBody(payload: string | null | undefined): unknown {
  if (payload == null) return null;
  try {
    return JSON.parse(payload);
  } catch {
    return null;
  }
}
