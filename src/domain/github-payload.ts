import { z } from 'zod';
import { isObjectId } from './git-names.ts';
import { pathsOf, pushNews, type WebhookNews } from './webhook-news.ts';
import { number, pushedCommits, text } from './webhook-schemas.ts';

const repository = z
  .looseObject({ full_name: text, clone_url: text, ssh_url: text })
  .optional()
  .catch(undefined);
const side = z.looseObject({ ref: text, sha: text, repo: repository }).optional().catch(undefined);

const from = z.looseObject({ from: text }).optional().catch(undefined);

/** What is read of what GitHub, Gitea and Forgejo send: they share this much. */
const githubPayload = z.looseObject({
  ref: text,
  ref_type: text,
  before: text,
  after: text,
  action: text,
  commits: pushedCommits,
  total_commits: z.number().catch(0),
  number,
  repository,
  sender: z.looseObject({ login: text }).optional().catch(undefined),
  pull_request: z.looseObject({ state: text, head: side, base: side }).optional().catch(undefined),
  /** GitHub tells the earlier base as `base.ref`, Gitea and Forgejo as `ref`. */
  changes: z
    .looseObject({ ref: from, base: z.looseObject({ ref: from }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});
type GithubPayload = z.output<typeof githubPayload>;

/** GitHub lists at most so many commits of a push, and not how many there were. */
const listedCommits = 2048;

/** @param event what the header names: `push`, `ping`, `pull_request`, `create`, `delete` */
export function readGithubPayload(event: string, payload: unknown): WebhookNews {
  const parsed = githubPayload.safeParse(payload);
  if (!parsed.success) return { kind: 'ignored', why: 'it is no event of a Git server' };
  const { data } = parsed;
  switch (event) {
    case 'push':
      return pushIn(data);
    case 'pull_request':
    case 'pull_request_sync':
      return pullRequestIn(data);
    case 'create':
    case 'delete':
      return refIn(event, data);
    case 'ping':
      return { kind: 'ignored', why: 'it only asks whether somebody is there' };
    default:
      return { kind: 'ignored', why: 'it is no push, tag or pull request' };
  }
}

function pushIn({ ref, before, after, commits, total_commits, ...data }: GithubPayload): WebhookNews {
  // Gitea lists commits without their files unless asked to.
  const listed = commits.filter(
    ({ added, modified, removed }) => added.length + modified.length + removed.length > 0,
  );
  const isWhole = listed.length === commits.length && commits.length < listedCommits;
  const paths = isWhole ? pathsOf(listed, total_commits) : null;
  return pushNews({ ref, before, after }, { ...sender(data), paths });
}

/** What changes the code that a pull request brings. */
const codeActions = ['opened', 'reopened', 'synchronize', 'synchronized'];

function pullRequestIn(data: GithubPayload): WebhookNews {
  const { head, base } = data.pull_request ?? {};
  if (head === undefined || base === undefined || !isObjectId(head.sha)) {
    return { kind: 'ignored', why: 'the pull request names no commit' };
  }
  if (data.number === 0) return { kind: 'ignored', why: 'the pull request has no number' };
  const retargetedFrom = previousBase(data);
  if (![...codeActions, 'closed'].includes(data.action) && retargetedFrom === '') {
    return { kind: 'ignored', why: 'the pull request has no new commit' };
  }
  // A fork that was deleted has no repository any more; one that does not say whose it is may be anybody's.
  const owner = head.repo?.full_name ?? '';
  const isElsewhere = owner === '' || owner !== base.repo?.full_name;
  // Gitea and Forgejo take commits for a request from anybody who may read (`git push HEAD:refs/for/main`): on no branch.
  const isFork = isElsewhere || head.ref.startsWith('refs/');
  return {
    kind: 'merge-request',
    ...sender(data),
    number: data.number,
    action: data.action,
    source: head.ref,
    target: base.ref,
    ...(retargetedFrom !== '' && { retargetedFrom }),
    isFork,
    ref: `refs/pull/${data.number}/head`,
    revision: head.sha,
  };
}

/** The branch that an open one was to be merged into before; '' where that has not changed. */
function previousBase({ action, changes, pull_request: request }: GithubPayload): string {
  if (action !== 'edited' || request?.state === 'closed') return '';
  return (changes?.base?.ref ?? changes?.ref)?.from ?? '';
}

function refIn(action: 'create' | 'delete', data: GithubPayload): WebhookNews {
  const kind = { branch: 'heads', tag: 'tags' }[data.ref_type];
  if (kind === undefined || data.ref === '') return { kind: 'ignored', why: 'it names no branch or tag' };
  const ref = data.ref.startsWith('refs/') ? data.ref : `refs/${kind}/${data.ref}`;
  return { kind: 'ref', ...sender(data), ref, action };
}

function sender(data: Pick<GithubPayload, 'repository' | 'sender'>) {
  const { clone_url: http = '', ssh_url: ssh = '' } = data.repository ?? {};
  return { urls: [http, ssh].filter((url) => url !== ''), by: data.sender?.login || null };
}
