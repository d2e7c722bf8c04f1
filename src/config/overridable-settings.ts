import { readFile } from 'node:fs/promises';
import { Secret } from '../domain/secret.ts';
import { label } from '../domain/text-schemas.ts';
import { type ConfigReading, codeOf, type Environment, readSecret, report } from './config-reading.ts';
import type { SecretReference } from './shared-schemas.ts';

/** An empty variable counts as not set. */
export function given(environment: Environment, name: string): string | undefined {
  return environment[name] === '' ? undefined : environment[name];
}

export function publicUrl(reading: ConfigReading, written: string | undefined): string | null {
  if (written === undefined) return null;
  const url = URL.canParse(written) ? new URL(written) : null;
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  )
    report(reading, ['url'], {
      message: "the server's own URL begins with https:// or http:// and holds no credentials",
    });
  return written.replace(/\/+$/, '');
}

/** @param flag the value of `--port` */
export function chosenPort(reading: ConfigReading, flag: string | undefined): number | undefined {
  const text = flag ?? given(reading.environment, 'PORT');
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  const place = flag === undefined ? 'environment variable PORT' : 'option --port';
  reportOutsideFile(reading, place, 'a port is a number from 0 to 65535');
  return undefined;
}

export async function databaseUrl(
  reading: ConfigReading,
  written: SecretReference | undefined,
): Promise<Secret | null> {
  const url = await serviceUrl(reading, databaseService, written);
  const file = given(reading.environment, 'DATABASE_PASSWORD_FILE');
  return url === null || file === undefined ? url : withPasswordOf(reading, url, file);
}

export function redisUrl(
  reading: ConfigReading,
  written: SecretReference | undefined,
): Promise<Secret | null> {
  return serviceUrl(reading, redisService, written);
}

export function dockerHost(reading: ConfigReading, written: string | undefined): string {
  const fromEnvironment = given(reading.environment, 'DOCKER_HOST');
  const host = fromEnvironment ?? written ?? 'unix:///var/run/docker.sock';
  if (/^(unix|tcp|https?):\/\/./.test(host)) return host;
  const message = 'a Docker host begins with unix://, tcp://, http:// or https://';
  if (fromEnvironment === undefined) report(reading, ['docker', 'host'], { message });
  else reportOutsideFile(reading, 'environment variable DOCKER_HOST', message);
  return host;
}

/** @param flags the values of `--label` */
export function workerLabels(reading: ConfigReading, written: string[] = [], flags: string[] = []): string[] {
  for (const flag of flags) {
    const { error } = label.safeParse(flag);
    const mistake = error?.issues[0]?.message;
    if (mistake !== undefined) reportOutsideFile(reading, `option --label ${flag}`, mistake);
  }
  return [...new Set([process.platform, process.arch, ...written, ...flags])].sort();
}

interface Service {
  key: 'database' | 'redis';
  variable: string;
  schemes: RegExp;
  rule: string;
}
const databaseService: Service = {
  key: 'database',
  variable: 'DATABASE_URL',
  schemes: /^postgres(ql)?:\/\//,
  rule: 'the database URL begins with postgres://',
};
const redisService: Service = {
  key: 'redis',
  variable: 'REDIS_URL',
  schemes: /^rediss?:\/\//,
  rule: 'the Redis URL begins with redis:// or rediss://',
};

async function serviceUrl(
  reading: ConfigReading,
  service: Service,
  written: SecretReference | undefined,
): Promise<Secret | null> {
  const fromEnvironment = given(reading.environment, service.variable);
  if (fromEnvironment !== undefined) {
    if (!service.schemes.test(fromEnvironment))
      reportOutsideFile(reading, `environment variable ${service.variable}`, service.rule);
    return new Secret(fromEnvironment);
  }
  if (written === undefined) return null;
  const url = await readSecret(reading, written, [service.key, 'url']);
  if (!service.schemes.test(url.reveal())) report(reading, [service.key, 'url'], { message: service.rule });
  return url;
}

/** Who runs the database in a container hands out its password as a file, for the database and for us the same one. */
async function withPasswordOf(reading: ConfigReading, url: Secret, file: string): Promise<Secret> {
  try {
    const password = (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
    // The setter leaves a "%" as it is, and whoever reads the URL takes it for an escape.
    return new Secret(Object.assign(new URL(url.reveal()), { password: encodeURIComponent(password) }).href);
  } catch (error) {
    const message = `cannot read the password of the database from ${file} (${codeOf(error)})`;
    reportOutsideFile(reading, 'environment variable DATABASE_PASSWORD_FILE', message);
    return url;
  }
}

function reportOutsideFile(reading: ConfigReading, place: string, message: string): void {
  reading.problems.push({ file: place, line: 0, column: 0, message });
}
