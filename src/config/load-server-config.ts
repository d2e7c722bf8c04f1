import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Problem } from '../domain/problem.ts';
import { checkSchema } from '../domain/schema-problems.ts';
import { readYaml } from '../domain/yaml-document.ts';
import type { KnownNames } from './check-pipeline.ts';
import { defaultPort } from './client-settings.ts';
import { type ConfigReading, codeOf, type Environment } from './config-reading.ts';
import { resolveNotifiers } from './notify-schema.ts';
import {
  chosenPort,
  databaseUrl,
  dockerHost,
  given,
  publicUrl,
  redisUrl,
  workerLabels,
} from './overridable-settings.ts';
import { resolveRepositories } from './resolve-repositories.ts';
import { resolveLogCaps, resolveRetention } from './resolve-retention.ts';
import { resolveSecrets } from './resolve-secrets.ts';
import {
  resolveArtifacts,
  resolveCaches,
  resolveCredentials,
  resolveDocker,
  resolveEnvironments,
  resolveRegistries,
  resolveWorkingCopies,
} from './resolve-server-config.ts';
import type { ServerConfig } from './server-config.ts';
import { laterKeys, serverConfigSchema, type WrittenServerConfig } from './server-config-schema.ts';

/** What the command line says; it comes before the environment, and that before the file. */
export interface ServerFlags {
  config?: string | undefined;
  pipelines?: string | undefined;
  host?: string | undefined;
  port?: string | undefined;
  dataDir?: string | undefined;
  /** Of the worker, beside those of the file. */
  label?: string[] | undefined;
}

export interface ConfigSources {
  flags: ServerFlags;
  environment: Environment;
  /** Relative paths of flags and environment, and the default places, are below it. */
  cwd: string;
}

export interface UnreadableConfig {
  problems: Problem[];
  /** Those of the problems that the server's machine need not have: a variable or a file is not here. */
  missing: Problem[];
  /** What pipelines may name, where that can be told in spite of the problems: a secret is missing, say. */
  names: KnownNames | null;
}

/**
 * Reads the server's config: `trunkline.yaml` (absent: all defaults), environment and flags, with every secret resolved.
 * Problems never repeat what the file says, since a secret may stand there by mistake.
 */
export async function loadServerConfig(
  sources: ConfigSources,
): Promise<{ config: ServerConfig } | UnreadableConfig> {
  const { flags, environment, cwd } = sources;
  const named = flags.config ?? given(environment, 'TRUNKLINE_CONFIG');
  const file = resolve(cwd, named ?? 'trunkline.yaml');
  const text = await readConfigFile(file, { isRequired: named !== undefined });
  if (typeof text !== 'string') return { ...nothingMissing, problems: [text] };
  const document = readYaml(text, { fileName: file, showSource: false });
  if ('problems' in document) return { ...nothingMissing, problems: document.problems };
  const checked = checkSchema({ document, schema: serverConfigSchema.nullable(), laterKeys });
  if ('problems' in checked) return { ...nothingMissing, problems: checked.problems.toSorted(byPlace) };
  const reading: ConfigReading = { document, folder: dirname(file), environment, problems: [], missing: [] };
  const config = await resolveConfig(reading, checked.data ?? {}, sources);
  const problems = [...reading.problems, ...reading.missing].toSorted(byPlace);
  return problems.length === 0 ? { config } : { problems, missing: reading.missing, names: config };
}

const nothingMissing = { missing: [], names: null };

async function readConfigFile(
  file: string,
  { isRequired }: { isRequired: boolean },
): Promise<string | Problem> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && !isRequired) return '';
    return { file, line: 1, column: 1, message: `cannot read the server's config (${code})` };
  }
}

function byPlace(left: Problem, right: Problem): number {
  return left.line - right.line || left.column - right.column;
}

async function resolveConfig(
  reading: ConfigReading,
  written: WrittenServerConfig,
  { flags, environment, cwd }: ConfigSources,
): Promise<ServerConfig> {
  const credentials = await resolveCredentials(reading, written);
  const engine = dockerHost(reading, written.docker?.host);
  const folder = (chosen: string | undefined, inFile: string | undefined, byDefault: string) =>
    chosen === undefined && inFile !== undefined
      ? resolve(reading.folder, inFile)
      : resolve(cwd, chosen ?? byDefault);
  return {
    url: publicUrl(reading, written.url),
    http: {
      host: flags.host ?? given(environment, 'HOST') ?? written.host ?? '127.0.0.1',
      port: chosenPort(reading, flags.port) ?? written.port ?? defaultPort,
    },
    dataDir: folder(flags.dataDir ?? given(environment, 'DATA_DIR'), written['data-dir'], 'data'),
    pipelinesDir: folder(
      flags.pipelines ?? given(environment, 'TRUNKLINE_PIPELINES'),
      written.pipelines,
      'pipelines',
    ),
    databaseUrl: await databaseUrl(reading, written.database?.url),
    redisUrl: await redisUrl(reading, written.redis?.url),
    repositories: await resolveRepositories(reading, written, credentials),
    registries: await resolveRegistries(reading, written, credentials),
    environments: await resolveEnvironments(reading, written, { credentials, dockerHost: engine }),
    secrets: await resolveSecrets(reading, written),
    badges: written.badges ?? [],
    notify: await resolveNotifiers(reading, written.notify, credentials),
    docker: resolveDocker(written.docker, engine),
    artifacts: resolveArtifacts(written.artifacts),
    caches: resolveCaches(written.caches),
    workingCopies: resolveWorkingCopies(written.svn),
    retention: resolveRetention(written.retention),
    logs: resolveLogCaps(written.retention),
    concurrency: written.concurrency ?? 2,
    disk: written.disk ?? { high: 95, low: 90 },
    labels: workerLabels(reading, written.labels, flags.label),
    hooksPerMinute: written['hooks-per-minute'] ?? 6000,
    trustedProxies: written['trusted-proxies'] ?? [],
  };
}
