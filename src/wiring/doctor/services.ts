import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { RepositoryConfig, ServerConfig } from '../../config/server-config.ts';
import { createDockerConnection } from '../../docker/docker-connection.ts';
import { type Finding, fine, problem } from '../../domain/finding.ts';
import { revisionLabel } from '../../domain/revision-label.ts';
import { connectRedis } from '../../runs/redis-connection.ts';
import type { SourceControl } from '../../scm/source-control.ts';
import { openSources } from '../sources.ts';
import { clockFinding } from './clock.ts';

const withinMs = 20_000;
const quiet = pino({ level: 'silent' });

export async function examineEngine({ docker: { host } }: ServerConfig): Promise<Finding[]> {
  const part = 'Docker engine';
  try {
    const { ServerVersion, SystemTime } = (await createDockerConnection(host).ask((docker) =>
      docker.info(),
    )) as { ServerVersion?: string; SystemTime?: string };
    const aheadMs = SystemTime === undefined ? 0 : Date.parse(SystemTime) - Date.now();
    return [fine(part, `Docker ${ServerVersion} answers at ${host}`), ...clockFinding(part, aheadMs)];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return [problem(part, `no answer from ${host}: ${wordsOf(error)}`, engineHints[code] ?? engineHint)];
  }
}

const engineHint = 'Start Docker, or set DOCKER_HOST to the engine that builds.';
const engineHints: Record<string, string> = {
  EACCES: 'This user may not use its socket: add it to the group `docker`, or set DOCKER_HOST.',
};

export async function examineRedis({ redisUrl }: ServerConfig): Promise<Finding[]> {
  if (redisUrl === null) return [];
  try {
    const redis = await connectRedis(redisUrl, quiet);
    redis.disconnect();
    return [fine('Redis', 'answers, and is set up to lose no jobs')];
  } catch (error) {
    return [problem('Redis', error)];
  }
}

/** Whether each can be read with the login that the config has for it. */
export async function examineRepositories(config: ServerConfig): Promise<Finding[]> {
  const names = Object.keys(config.repositories);
  if (names.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-doctor-'));
  try {
    const sourceOf = openSources({ ...config, workingCopies: null }, { stateDir: folder, logger: quiet });
    const looks = names.map((name) => examineRepository(name, sourceOf(name)));
    return [
      ...(await Promise.all(looks)),
      ...names.flatMap((name) => trustFinding(config.repositories[name])),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function trustFinding(repository: RepositoryConfig | undefined): Finding[] {
  if (repository?.kind !== 'svn' || repository.trustedFailures.length === 0) return [];
  const { name, trustedFailures } = repository;
  return [
    {
      part: `repository ${name}`,
      state: 'warning',
      text: `its server's certificate is trusted in spite of: ${trustedFailures.join(', ')}; whoever can pass for that server gets the login and says what is built`,
      hint: "Give the server a certificate that is valid for its name, name its authority under 'ca', and take 'trust-certificate-failures' away.",
    },
  ];
}

async function examineRepository(name: string, source: SourceControl): Promise<Finding> {
  const part = `repository ${name}`;
  const signal = AbortSignal.timeout(withinMs);
  try {
    if (source.kind === 'svn') {
      const { head } = await source.identify(signal);
      return fine(part, `can be read; its newest revision is ${revisionLabel(String(head))}`);
    }
    await source.refs(signal);
    return fine(part, 'can be read');
  } catch (error) {
    return problem(part, signal.aborted ? `no answer within ${withinMs / 1000} s` : error);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
