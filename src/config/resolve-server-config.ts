import { availableParallelism } from 'node:os';
import type { ApprovalRule } from '../domain/approval.ts';
import { parseDurationMs } from '../domain/duration.ts';
import { parseMemoryBytes } from '../domain/memory-size.ts';
import type { YamlPath } from '../domain/yaml-document.ts';
import { resolveBudgets } from './budgets-schema.ts';
import { type ConfigReading, readableFile, readSecret, report } from './config-reading.ts';
import { resolveDns } from './dns-schema.ts';
import { resolveDriftEvery, resolveDriftRules } from './drift-schema.ts';
import { freezeWindows } from './freeze-schema.ts';
import type {
  Credentials,
  DockerConfig,
  EnvironmentConfig,
  KubernetesConfig,
  PrometheusConfig,
  RegistryConfig,
  ServerConfig,
  SwarmConfig,
} from './server-config.ts';
import type { WrittenServerConfig } from './server-config-schema.ts';

export type Named = 'credentials' | 'repositories' | 'registries' | 'environments';
export type Written<Key extends Named> = NonNullable<WrittenServerConfig[Key]>[string];

export type CredentialsByName = Readonly<Record<string, Credentials>>;

export function resolveCredentials(
  reading: ConfigReading,
  written: WrittenServerConfig,
): Promise<CredentialsByName> {
  return eachOf(written.credentials, async (name, { username, password }) => ({
    name,
    username,
    password: await readSecret(reading, password, ['credentials', name, 'password']),
  }));
}

export async function resolveRegistries(
  reading: ConfigReading,
  written: WrittenServerConfig,
  credentials: CredentialsByName,
): Promise<Record<string, RegistryConfig>> {
  const names = Object.keys(written.registries ?? {});
  const defaults = names.filter((name) => written.registries?.[name]?.default === true);
  for (const name of defaults.slice(1))
    report(reading, ['registries', name, 'default'], {
      message: `'${defaults[0]}' is the default registry already`,
    });
  return eachOf(written.registries, async (name, registry) => ({
    name,
    host: registry.host,
    address: registry.address ?? registry.host,
    credentials: credentialsOf(reading, credentials, {
      name: registry.credentials,
      path: ['registries', name, 'credentials'],
    }),
    isDefault: registry.default ?? names.length === 1,
    insecure: registry.insecure ?? false,
    ca: await readableFile(reading, registry.ca, ['registries', name, 'ca']),
  }));
}

/** @param given the credentials by name, and the server's own engine */
export function resolveEnvironments(
  reading: ConfigReading,
  written: WrittenServerConfig,
  given: { credentials: CredentialsByName; dockerHost: string },
): Promise<Record<string, EnvironmentConfig>> {
  return eachOf(written.environments, async (name, environment) => ({
    name,
    cluster:
      environment.swarm === undefined
        ? await resolveKubernetes(reading, environment.kubernetes ?? {}, ['environments', name, 'kubernetes'])
        : resolveSwarm(environment.swarm, given.dockerHost),
    clusterId: environment['cluster-id'] ?? null,
    pipelines: environment.pipelines ?? null,
    requireDigests: environment['require-digests'] ?? false,
    freeze: freezeWindows(environment.freeze),
    approve: resolveApproval(environment.approve),
    driftEveryMs: resolveDriftEvery(environment.drift, environment.swarm !== undefined),
    ...resolveDriftRules(environment.drift),
    dns: resolveDns(environment.dns),
    prometheus: await resolvePrometheus(reading, environment.prometheus, {
      name,
      credentials: given.credentials,
    }),
  }));
}

async function resolvePrometheus(
  reading: ConfigReading,
  written: Written<'environments'>['prometheus'],
  { name, credentials }: { name: string; credentials: CredentialsByName },
): Promise<PrometheusConfig | null> {
  if (written === undefined) return null;
  const path = ['environments', name, 'prometheus'];
  const wanted = { name: written.credentials, path: [...path, 'credentials'] };
  const { url, token, ca } = written;
  return {
    url,
    credentials: credentialsOf(reading, credentials, wanted),
    token: token === undefined ? null : await readSecret(reading, token, [...path, 'token']),
    ca: await readableFile(reading, ca, [...path, 'ca']),
  };
}

function resolveApproval(written: Written<'environments'>['approve']): ApprovalRule | null {
  if (written === undefined) return null;
  if (Array.isArray(written)) return { by: written, count: 1, notAuthor: true };
  return { by: written.by, count: written.count, notAuthor: written['not-author'] };
}

async function resolveKubernetes(
  reading: ConfigReading,
  written: NonNullable<Written<'environments'>['kubernetes']>,
  path: YamlPath,
): Promise<KubernetesConfig> {
  const budgets = resolveBudgets(written.budgets);
  return {
    kind: 'kubernetes',
    kubeconfig: await readableFile(reading, written.kubeconfig, [...path, 'kubeconfig']),
    context: written.context ?? null,
    namespace: written.namespace ?? 'default',
    ...(written.resolver !== undefined && { resolver: written.resolver }),
    ...(budgets !== undefined && { budgets }),
  };
}

function resolveSwarm(
  written: NonNullable<Written<'environments'>['swarm']>,
  dockerHost: string,
): SwarmConfig {
  const { host = dockerHost, prefix = '', networks = [], secrets = [], configs = [] } = written;
  return { kind: 'swarm', host, prefix, networks, secrets, configs };
}

export function resolveDocker(written: WrittenServerConfig['docker'], host: string): DockerConfig {
  const { cpus, memory, pids } = written?.limits ?? {};
  return {
    host,
    builder: written?.builder ?? 'buildkit',
    networks: written?.networks ?? ['bridge'],
    limits: {
      cpus: cpus ?? availableParallelism(),
      memoryBytes: parseMemoryBytes(memory ?? '2Gi') ?? 0,
      pids: pids ?? 1024,
    },
  };
}

export function resolveArtifacts(written: WrittenServerConfig['artifacts']): ServerConfig['artifacts'] {
  return {
    mostBytes: parseMemoryBytes(written?.size ?? '256Mi') ?? 0,
    keepMs: parseDurationMs(written?.keep ?? '30d') ?? 0,
  };
}

export function resolveCaches(written: WrittenServerConfig['caches'] = {}): ServerConfig['caches'] {
  if (written === 'off') return null;
  return {
    mostBytes: parseMemoryBytes(written.size ?? '10Gi') ?? 0,
    keepMs: parseDurationMs(written.keep ?? '14d') ?? 0,
  };
}

export function resolveWorkingCopies(written: WrittenServerConfig['svn']): ServerConfig['workingCopies'] {
  const wanted = written?.['working-copies'] ?? {};
  if (wanted === 'off') return null;
  return {
    aboveBytes: parseMemoryBytes(wanted.above ?? '32Mi') ?? 0,
    mostBytes: parseMemoryBytes(wanted.size ?? '20Gi') ?? 0,
    keepMs: parseDurationMs(wanted.keep ?? '14d') ?? 0,
  };
}

export async function eachOf<Value, Result>(
  values: Record<string, Value> | undefined,
  resolve: (name: string, value: Value) => Promise<Result>,
): Promise<Record<string, Result>> {
  const entries = Object.entries(values ?? {});
  return Object.fromEntries(
    await Promise.all(entries.map(async ([name, value]) => [name, await resolve(name, value)] as const)),
  );
}

/** The message does not repeat the name: it might be a password in the wrong place. */
export function credentialsOf(
  reading: ConfigReading,
  credentials: CredentialsByName,
  wanted: { name: string | undefined; path: YamlPath },
): Credentials | null {
  if (wanted.name === undefined) return null;
  if (Object.hasOwn(credentials, wanted.name)) return credentials[wanted.name] ?? null;
  const known = Object.keys(credentials);
  const hint = known.length === 0 ? "add them under 'credentials'" : `known: ${known.join(', ')}`;
  report(reading, wanted.path, { message: 'there are no credentials of this name', hint });
  return null;
}
