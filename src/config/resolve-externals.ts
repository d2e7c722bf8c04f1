import type { YamlPath } from '../domain/yaml-document.ts';
import { type ConfigReading, readableFile, report } from './config-reading.ts';
import { repositoryUrlMistake } from './repository-url.ts';
import { type CredentialsByName, credentialsOf, type Written } from './resolve-server-config.ts';
import type { RepositoryConfig, SubversionRepositoryConfig } from './server-config.ts';
import type { WrittenServerConfig } from './server-config-schema.ts';

type WrittenExternal = Exclude<NonNullable<Written<'repositories'>['externals']>, string>[number];

interface Resolved {
  written: WrittenServerConfig;
  credentials: CredentialsByName;
  /** All of them, known by now: externals may lead from any to any. */
  repositories: Readonly<Record<string, RepositoryConfig>>;
}

/** Fills in where the externals of each Subversion repository may lead. */
export async function allowExternals(reading: ConfigReading, resolved: Resolved): Promise<void> {
  for (const [name, { externals }] of Object.entries(resolved.written.repositories ?? {})) {
    const owner = resolved.repositories[name];
    if (owner?.kind !== 'svn' || externals === undefined || externals === 'ignore') continue;
    for (const [index, external] of externals.entries()) {
      const path = ['repositories', name, 'externals', index];
      owner.externals.allowed.push(...(await allowedBy(reading, external, { resolved, owner, path })));
    }
  }
}

interface Place {
  resolved: Resolved;
  owner: SubversionRepositoryConfig;
  path: YamlPath;
}

async function allowedBy(
  reading: ConfigReading,
  external: WrittenExternal,
  place: Place,
): Promise<SubversionRepositoryConfig[]> {
  if ('url' in external) return [await anyUrl(reading, external, place)];
  return namedRepository(reading, external, place);
}

function namedRepository(
  reading: ConfigReading,
  { repository: name }: Extract<WrittenExternal, { repository: string }>,
  { resolved, path }: Place,
): SubversionRepositoryConfig[] {
  const found = resolved.repositories[name];
  if (found?.kind === 'svn') return [withoutExternals(found)];
  report(reading, [...path, 'repository'], {
    message: `there is no Subversion repository '${name}' in 'repositories'`,
  });
  return [];
}

async function anyUrl(
  reading: ConfigReading,
  external: Extract<WrittenExternal, { url: string }>,
  { resolved, path, owner }: Place,
): Promise<SubversionRepositoryConfig> {
  const { url, credentials: name, ca } = external;
  const [message, hint] = repositoryUrlMistake(url, owner.allowedSchemes)?.split('\n') ?? [];
  if (message !== undefined) report(reading, [...path, 'url'], { message, hint });
  return withoutExternals({
    ...owner,
    // Also the folder of its Subversion configuration: no other may have it.
    name: `${owner.name} external ${path.at(-1)}`,
    url,
    credentials: credentialsOf(reading, resolved.credentials, { name, path: [...path, 'credentials'] }),
    ca: await readableFile(reading, ca, [...path, 'ca']),
    clientCertificate: await readableFile(reading, external['client-certificate'], [
      ...path,
      'client-certificate',
    ]),
    trustedFailures: [],
    ssh: null,
  });
}

/** Externals of externals are judged by the repository whose tree they come into. */
function withoutExternals(repository: SubversionRepositoryConfig): SubversionRepositoryConfig {
  return { ...repository, externals: { isIgnored: false, allowed: [] } };
}
