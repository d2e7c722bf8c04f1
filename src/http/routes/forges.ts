import type { IncomingHttpHeaders } from 'node:http';
import type { GitRepositoryConfig } from '../../config/server-config.ts';
import { readGithubPayload } from '../../domain/github-payload.ts';
import { readGitlabPayload } from '../../domain/gitlab-payload.ts';
import type { WebhookNews } from '../../domain/webhook-news.ts';
import type { IncomingGitHook } from '../../triggers/accept-git-hook.ts';
import { accepts } from '../../triggers/hook-repository.ts';
import { isSignedWith, isStandardSignedWith } from '../../triggers/webhook-signatures.ts';

export interface SignedBody {
  headers: IncomingHttpHeaders;
  /** As it came, to the byte. */
  body: Buffer;
}

/** A kind of Git server that sends webhooks. */
export interface Forge {
  path: string;
  source: IncomingGitHook['source'];
  operationId: string;
  summary: string;
  hint: string;
  /** What a repeated delivery has in common with the first. */
  deliveryHeaders: string[];
  /** Whether the headers alone leave it possible that this speaks for the repository. */
  mayProve(headers: IncomingHttpHeaders, repository: GitRepositoryConfig): boolean;
  proves(signed: SignedBody, repository: GitRepositoryConfig): boolean;
  /** Whether it says of itself that it is of a whole server, or of an organization, and so of every project there. */
  isOfMany(headers: IncomingHttpHeaders): boolean;
  read(headers: IncomingHttpHeaders, payload: unknown): WebhookNews;
}

const gitlab: Forge = {
  path: '/hooks/gitlab',
  source: 'gitlab-hook',
  operationId: 'gitlabHook',
  summary:
    'A webhook of GitLab with its secret token or signature; pushes, tags, merge requests and pipelines count, others are ignored',
  hint: "Enter the token under \"hook: gitlab\" of the repository as the webhook's secret token or signing token; the repository's URL must be the project's, and the clocks must agree.",
  // The signature covers the latter alone; GitLab before version 19 has only the former.
  deliveryHeaders: ['webhook-id', 'idempotency-key'],
  mayProve: (headers, repository) =>
    repository.gitlabSigning.length === 0
      ? accepts(repository.gitlabTokens, headerOf(headers, 'x-gitlab-token'))
      : headerOf(headers, 'webhook-signature') !== '',
  /** Whoever knows only the token cannot get around a signing token: no downgrade. */
  proves({ headers, body }, { gitlabTokens, gitlabSigning }) {
    if (gitlabSigning.length === 0) return accepts(gitlabTokens, headerOf(headers, 'x-gitlab-token'));
    const signature = {
      id: headerOf(headers, 'webhook-id'),
      timestamp: headerOf(headers, 'webhook-timestamp'),
      signatures: headerOf(headers, 'webhook-signature'),
    };
    return isStandardSignedWith(gitlabSigning, signature, { body, nowMs: Date.now() });
  },
  isOfMany: (headers) => headerOf(headers, 'x-gitlab-event') === 'System Hook',
  read: (headers, payload) => readGitlabPayload(payload, headerOf(headers, 'x-gitlab-event')),
};

const github: Forge = {
  path: '/hooks/github',
  source: 'github-hook',
  operationId: 'githubHook',
  summary:
    'A webhook of GitHub with its signature; pushes, branches, tags and pull requests count, others are ignored',
  hint: 'Enter the secret under "hook: github" of the repository as the webhook\'s secret; the repository\'s URL must be the one that GitHub shows under "Code".',
  deliveryHeaders: ['x-github-delivery'],
  mayProve: (headers, { githubSecrets }) => githubSecrets.length > 0 && githubSignature(headers) !== '',
  proves: ({ headers, body }, { githubSecrets }) =>
    isSignedWith(githubSecrets, githubSignature(headers), body),
  isOfMany: (headers) => isTargetOfMany(headers, 'x-github-hook-installation-target-type'),
  read: (headers, payload) => readGithubPayload(headerOf(headers, 'x-github-event'), payload),
};

const gitea: Forge = {
  path: '/hooks/gitea',
  source: 'gitea-hook',
  operationId: 'giteaHook',
  summary:
    'A webhook of Gitea or Forgejo with its signature; pushes, branches, tags and pull requests count, others are ignored',
  hint: 'Enter the secret under "hook: gitea" of the repository as the webhook\'s secret; the repository\'s URL must be the one that the server shows for cloning.',
  deliveryHeaders: ['x-forgejo-delivery', 'x-gitea-delivery'],
  mayProve: (headers, { giteaSecrets }) => giteaSecrets.length > 0 && giteaSignature(headers) !== '',
  proves({ headers, body }, { giteaSecrets }) {
    const signature = giteaSignature(headers);
    if (isSignedWith(giteaSecrets, signature, body)) return true;
    return isForm(headers) && isSignedWith(giteaSecrets, signature, Buffer.from(textOf(headers, body)));
  },
  isOfMany: (headers) => isTargetOfMany(headers, 'x-gitea-hook-installation-target-type'),
  read: (headers, payload) =>
    readGithubPayload(headerOf(headers, 'x-forgejo-event') || headerOf(headers, 'x-gitea-event'), payload),
};

export const forges = [gitlab, github, gitea];

/** The JSON of a body: as it came, or as `payload` of a form. Gitea signs that, GitHub the form. */
export function textOf(headers: IncomingHttpHeaders, body: Buffer): string {
  const sent = new TextDecoder().decode(body);
  return isForm(headers) ? (new URLSearchParams(sent).get('payload') ?? '') : sent;
}

function isTargetOfMany(headers: IncomingHttpHeaders, name: string): boolean {
  return !['', 'repository'].includes(headerOf(headers, name));
}

function isForm(headers: IncomingHttpHeaders): boolean {
  return headerOf(headers, 'content-type').startsWith('application/x-www-form-urlencoded');
}

function githubSignature(headers: IncomingHttpHeaders): string {
  return /^sha256=(.*)$/.exec(headerOf(headers, 'x-hub-signature-256'))?.[1] ?? '';
}

function giteaSignature(headers: IncomingHttpHeaders): string {
  return headerOf(headers, 'x-forgejo-signature') || headerOf(headers, 'x-gitea-signature');
}

export function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
