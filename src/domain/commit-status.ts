import type { Outcome } from './outcome.ts';

/** Kinds of Git servers that show at a commit what a CI server has made of it. */
export const statusForges = ['gitlab', 'github', 'gitea'] as const;
export type StatusForge = (typeof statusForges)[number];

/** As far as a commit's status can tell. */
export type RunStanding = 'queued' | 'running' | Outcome;

/** What a run has to tell of its commit. */
export interface CommitStatus {
  pipeline: string;
  number: number;
  branch: string;
  revision: string;
  standing: RunStanding;
  /** The run's page; null: the server does not know its own address. */
  page: string | null;
}

/** Where a status is posted, below the API of the Git server, and what. */
export interface StatusPost {
  path: string;
  body: Readonly<Record<string, string>>;
}

const gitlabStates = {
  queued: 'pending',
  running: 'running',
  succeeded: 'success',
  failed: 'failed',
  'timed-out': 'failed',
  cancelled: 'canceled',
  superseded: 'canceled',
  rejected: 'failed',
  errored: 'failed',
} satisfies Record<RunStanding, string>;

/** GitHub, Gitea and Forgejo have no more than these. */
const otherStates = {
  queued: 'pending',
  running: 'pending',
  succeeded: 'success',
  failed: 'failure',
  'timed-out': 'failure',
  cancelled: 'error',
  superseded: 'error',
  rejected: 'failure',
  errored: 'error',
} satisfies Record<RunStanding, string>;

/** The longest that all of them take: GitLab's for URLs, GitHub's for descriptions. */
const urlLength = 255;
const descriptionLength = 140;

/** @param project the repository's path on the server: `shop/web` */
export function statusPost(forge: StatusForge, project: string, status: CommitStatus): StatusPost {
  const { pipeline, number, branch, revision, standing, page } = status;
  const target = page === null || page.length > urlLength ? {} : { target_url: page };
  const description = [...`#${number} ${standing}`].slice(0, descriptionLength).join('');
  const common = { ...target, description, context: `trunkline/${pipeline}` };
  if (forge === 'gitlab') {
    const path = `/projects/${encodeURIComponent(project)}/statuses/${revision}`;
    return { path, body: { ...common, state: gitlabStates[standing], ref: gitlabRef(branch) } };
  }
  const place = project.split('/').map(encodeURIComponent).join('/');
  return {
    path: `/repos/${place}/statuses/${revision}`,
    body: { ...common, state: otherStates[standing] },
  };
}

/** Without it GitLab makes up a pipeline of another branch that has the commit. */
function gitlabRef(branch: string): string {
  if (/^merge-requests\/\d+$/.test(branch)) return `refs/${branch}/head`;
  return branch.replace(/^(?:tags|heads)\//, '');
}

export type StatusVerdict =
  | { kind: 'told' }
  /** Sent once more later: in so many milliseconds, where the server says so. */
  | { kind: 'again'; why: string; afterMs: number | null }
  | { kind: 'refused'; why: string };

/** What a Git server's answer to a status means. */
export function statusVerdict(answer: {
  /** 0: there was none, and `body` says why. */
  code: number;
  body: string;
  /** The header, as it came. */
  retryAfter: string | undefined;
}): StatusVerdict {
  const { code, body, retryAfter } = answer;
  if (code >= 200 && code < 300) return { kind: 'told' };
  // GitLab has it already; it says so in these words alone.
  if (code === 400 && /cannot transition status/i.test(body)) return { kind: 'told' };
  const text = body.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  const why = code === 0 ? text : `${code} ${text}`.trim();
  if (isPassing(answer)) {
    const seconds = /^\d{1,5}$/.exec(retryAfter ?? '')?.[0];
    return { kind: 'again', why, afterMs: seconds === undefined ? null : Number(seconds) * 1000 };
  }
  return { kind: 'refused', why };
}

/** Whether another time it may be told: the server is away, busy, or limits how often it is called. */
function isPassing({ code, body, retryAfter }: Parameters<typeof statusVerdict>[0]): boolean {
  // 409: GitLab is at work on another status of the commit.
  if (code === 0 || code >= 500 || [408, 409, 425, 429].includes(code)) return true;
  // GitHub limits calls with 403 too; a token that may not do this gets no such words.
  return code === 403 && (retryAfter !== undefined || /rate limit/i.test(body));
}
