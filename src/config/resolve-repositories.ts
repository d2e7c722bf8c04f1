import { parseDurationMs } from '../domain/duration.ts';
import type { Secret } from '../domain/secret.ts';
import { normalTreePath } from '../domain/tree-path.ts';
import type { YamlPath } from '../domain/yaml-document.ts';
import { type ConfigReading, readableFile, readSecret, report } from './config-reading.ts';
import { gitUrlMistake } from './git-url.ts';
import { repositoryUrlMistake } from './repository-url.ts';
import { allowExternals } from './resolve-externals.ts';
import { type CredentialsByName, credentialsOf, eachOf, type Written } from './resolve-server-config.ts';
import { resolveStatuses } from './resolve-statuses.ts';
import type { RepositoryConfig } from './server-config.ts';
import type { WrittenServerConfig } from './server-config-schema.ts';
import type { SecretReference } from './shared-schemas.ts';

type WrittenRepository = Written<'repositories'>;

/** Each entry of `repositories` is of one kind: the one whose URL it names. */
export async function resolveRepositories(
  reading: ConfigReading,
  written: WrittenServerConfig,
  credentials: CredentialsByName,
): Promise<Record<string, RepositoryConfig>> {
  const repositories = await resolveEach(reading, written, credentials);
  await allowExternals(reading, { written, credentials, repositories });
  return repositories;
}

function resolveEach(
  reading: ConfigReading,
  written: WrittenServerConfig,
  credentials: CredentialsByName,
): Promise<Record<string, RepositoryConfig>> {
  return eachOf(written.repositories, async (name, repository): Promise<RepositoryConfig> => {
    const at = (...path: YamlPath) => ['repositories', name, ...path];
    reportMixture(reading, repository, at());
    const kind = repository.git === undefined ? 'svn' : 'git';
    const url = repository[kind] ?? '';
    const allowedSchemes = written[kind]?.allow ?? [];
    reportUrl(reading, { kind, url, allowedSchemes }, at(kind));
    const common = {
      name,
      url,
      credentials: credentialsOf(reading, credentials, {
        name: repository.credentials,
        path: at('credentials'),
      }),
      pollMs: parseDurationMs(repository.poll ?? '60s') ?? 0,
      hookTokens: await secretsOf(reading, repository.hook?.token, at('hook', 'token')),
      allowedSchemes,
      ca: await readableFile(reading, repository.ca, at('ca')),
      ssh: await sshFiles(reading, repository.ssh, at('ssh')),
    };
    if (kind === 'svn') return { ...common, kind, ...(await subversionOnly(reading, repository, at())) };
    const { submodules = [], hook } = repository;
    for (const [index, allowed] of submodules.entries())
      reportUrl(
        reading,
        { kind, url: allowed.replace(/\/$/, '/*'), allowedSchemes },
        at('submodules', index),
      );
    const gitlabTokens = await secretsOf(reading, hook?.gitlab?.token, at('hook', 'gitlab', 'token'));
    return {
      ...common,
      kind,
      gitlabTokens,
      ...(await signingSecrets(reading, hook, at('hook'))),
      submodules,
      statuses: await resolveStatuses(reading, repository.statuses, { ...common, path: at('statuses') }),
    };
  });
}

async function subversionOnly(reading: ConfigReading, repository: WrittenRepository, path: YamlPath) {
  const { layout = 'standard', readable = [], externals } = repository;
  const certificate = repository['client-certificate'];
  return {
    layout: [layout].flat(),
    readable: readable.map(normalTreePath).filter((folder) => folder !== ''),
    clientCertificate: await readableFile(reading, certificate, [...path, 'client-certificate']),
    trustedFailures: [...new Set(repository['trust-certificate-failures'])],
    externals: { isIgnored: externals === 'ignore', allowed: [] },
  };
}

async function signingSecrets(reading: ConfigReading, hook: WrittenRepository['hook'], path: YamlPath) {
  const at = [...path, 'gitlab', 'signing'];
  const gitlabSigning = await secretsOf(reading, hook?.gitlab?.signing, at);
  for (const token of gitlabSigning) reportSigning(reading, token.reveal(), at);
  return {
    gitlabSigning,
    githubSecrets: await secretsOf(reading, hook?.github?.secret, [...path, 'github', 'secret']),
    giteaSecrets: await secretsOf(reading, hook?.gitea?.secret, [...path, 'gitea', 'secret']),
  };
}

/** Of what is no base64 text only a part would be the key, or nothing at all: anybody could sign with that. */
function reportSigning(reading: ConfigReading, token: string, path: YamlPath): void {
  const key = token.replace(/^whsec_/, '');
  const isKey = /^[A-Za-z0-9+/]+={0,2}$/.test(key) && Buffer.from(key, 'base64').length >= shortestKeyBytes;
  // An empty one has been reported.
  if (token === '' || isKey) return;
  report(reading, path, {
    message: 'this is no signing token of GitLab',
    hint: "it begins with whsec_ and goes on in base64; a webhook's secret token is given as 'token'",
  });
}

const shortestKeyBytes = 16;

/** A key of the other kind would do nothing, silently. */
function reportMixture(reading: ConfigReading, repository: WrittenRepository, path: YamlPath): void {
  const { svn, git } = repository;
  if (svn !== undefined && git !== undefined)
    report(reading, [...path, 'git'], { message: "a repository has one URL: 'svn' or 'git'" });
  if (svn === undefined && git === undefined)
    report(reading, path, { message: "'svn' or 'git' is missing", hint: 'name the URL of the repository' });
  const strangers: [string, unknown][] =
    git === undefined
      ? [
          ['submodules', repository.submodules],
          ['statuses', repository.statuses],
          ...forges.map((forge): [string, unknown] => [`hook: ${forge}`, repository.hook?.[forge]]),
        ]
      : [
          ['layout', repository.layout],
          ['readable', repository.readable],
          ['client-certificate', repository['client-certificate']],
          ['trust-certificate-failures', repository['trust-certificate-failures']],
          ['externals', repository.externals],
        ];
  for (const [key, value] of strangers) {
    if (value === undefined) continue;
    const kind = git === undefined ? 'Git' : 'Subversion';
    report(reading, [...path, ...key.split(': ')], { message: `'${key}' is for ${kind} repositories only` });
  }
}

const forges = ['gitlab', 'github', 'gitea'] as const;

interface WrittenUrl {
  kind: RepositoryConfig['kind'];
  url: string;
  allowedSchemes: readonly string[];
}

function reportUrl(reading: ConfigReading, { kind, url, allowedSchemes }: WrittenUrl, path: YamlPath): void {
  if (url === '') return;
  const mistake =
    kind === 'svn' ? repositoryUrlMistake(url, allowedSchemes) : gitUrlMistake(url, allowedSchemes);
  const [message, hint] = mistake?.split('\n') ?? [];
  if (message !== undefined) report(reading, path, { message, hint });
}

async function secretsOf(
  reading: ConfigReading,
  written: SecretReference | SecretReference[] | undefined,
  path: YamlPath,
): Promise<Secret[]> {
  if (written === undefined) return [];
  if (!Array.isArray(written)) return [await readSecret(reading, written, path)];
  return Promise.all(written.map((token, index) => readSecret(reading, token, [...path, index])));
}

async function sshFiles(
  reading: ConfigReading,
  ssh: WrittenRepository['ssh'],
  path: YamlPath,
): Promise<RepositoryConfig['ssh']> {
  const key = await readableFile(reading, ssh?.key, [...path, 'key']);
  const knownHosts = await readableFile(reading, ssh?.['known-hosts'], [...path, 'known-hosts']);
  return key === null || knownHosts === null ? null : { key, knownHosts };
}
