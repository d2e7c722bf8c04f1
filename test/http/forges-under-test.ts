import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitRepositoryConfig } from '../../src/config/server-config.ts';
import { Secret } from '../../src/domain/secret.ts';
import { acceptGitHook } from '../../src/triggers/accept-git-hook.ts';
import { createIntake } from '../../src/triggers/intake.ts';
import { type HttpFixture, startHttp } from './start-http.ts';
import { testConfig } from './test-config.ts';
import { hmac } from './webhook-signatures.ts';

export const token = 'gitlab-secret';
export const secret = 'a shared secret';

/** A repository `web` at whatever address the payloads name, with a secret of each server. */
export async function startForges(changes: Partial<GitRepositoryConfig> = {}) {
  const { web } = testConfig.repositories;
  if (web?.kind !== 'git') throw new Error('the config of tests has no Git repository "web"');
  const config = { ...testConfig, repositories: {} as Record<string, GitRepositoryConfig> };
  const http: HttpFixture = await startHttp({
    config,
    acceptGitHook: (hook) =>
      acceptGitHook(
        { db: http.db, intake: createIntake(http.db), repositories: config.repositories, announce: () => {} },
        hook,
      ),
  });
  const adopt = (body: string) => {
    const url = /"(?:git_http_url|clone_url)":[ +]?"([^"]+)"/.exec(decodeURIComponent(body))?.[1] ?? web.url;
    const signing = { githubSecrets: [secret, 'the next secret'], giteaSecrets: [secret] };
    config.repositories.web = {
      ...web,
      url,
      githubSecrets: signing.githubSecrets.map((text) => new Secret(text)),
      giteaSecrets: signing.giteaSecrets.map((text) => new Secret(text)),
      ...changes,
    };
  };
  const raw = (url: string, body: string, headers: Record<string, string>) => {
    adopt(body);
    const type = { 'content-type': 'application/json' };
    return http.app.inject({ method: 'POST', url, headers: { ...type, ...headers }, payload: body });
  };
  return {
    http,
    raw,
    /** As the server after which the payload is named sends it. */
    send(name: string, body: string, headers: Record<string, string> = {}) {
      const [forge = '', ...event] = name.split('-');
      const signed = {
        gitlab: { 'x-gitlab-token': token },
        github: {
          'x-github-event': { push: 'push', pull: 'pull_request' }[event[0] ?? ''] ?? event[0] ?? '',
          'x-hub-signature-256': `sha256=${hmac(secret, body)}`,
        },
        gitea: { 'x-gitea-event': 'push', 'x-gitea-signature': hmac(secret, body) },
      }[forge];
      return raw(`/hooks/${forge}`, body, { ...signed, ...headers });
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

/** What the public documentation prints. */
export function payload(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, `payloads/${name}.json`), 'utf8');
}
