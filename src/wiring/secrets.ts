import type { Credentials, GitRepositoryConfig, ServerConfig } from '../config/server-config.ts';
import { Secret } from '../domain/secret.ts';

/** Every secret that this process knows, for masking. */
export function knownSecrets(config: ServerConfig, databaseUrl: string): Secret[] {
  const { repositories, registries, environments, redisUrl } = config;
  const monitors = Object.values(environments).flatMap(({ prometheus }) => prometheus ?? []);
  const owners: { credentials: Credentials | null }[] = [
    ...Object.values(repositories),
    ...Object.values(registries),
    ...monitors,
  ];
  return [
    ...owners.flatMap(({ credentials }) => (credentials === null ? [] : [credentials.password])),
    ...Object.values(config.secrets).map(({ value }) => value),
    ...Object.values(repositories).flatMap(({ hookTokens }) => hookTokens),
    ...Object.values(repositories).flatMap((one) => (one.kind === 'git' ? forgeSecrets(one) : [])),
    ...monitors.flatMap(({ token }) => token ?? []),
    ...Object.values(config.notify).flatMap((notifier) =>
      notifier.kind === 'mail'
        ? (notifier.server.credentials?.password ?? [])
        : [notifier.address, notifier.secret ?? []].flat(),
    ),
    ...[databaseUrl, redisUrl?.reveal()].flatMap(passwordOf),
  ];
}

/** What a Git server signs its hooks with, and what it is told the outcome with. */
function forgeSecrets(repository: GitRepositoryConfig): Secret[] {
  const { gitlabTokens, gitlabSigning, githubSecrets, giteaSecrets, statuses } = repository;
  return [...gitlabTokens, ...gitlabSigning, ...githubSecrets, ...giteaSecrets, statuses?.token ?? []].flat();
}

function passwordOf(url: string | undefined): Secret[] {
  const password = url === undefined ? '' : (URL.parse(url)?.password ?? '');
  return password === '' ? [] : [new Secret(decodeURIComponent(password))];
}
