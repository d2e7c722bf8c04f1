import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SubversionRepositoryConfig } from '../../config/server-config.ts';
import { Fault } from '../../domain/fault.ts';
import { type Launcher, type ReadyShells, startAnew } from '../ready-shells.ts';
import { writeSvnConfig } from './svn-config.ts';

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const oldestVersion: readonly [number, number] = [1, 10];
const probeMs = 10_000;
const graceSeconds = 2;
/** None of svn's own exit codes. */
export const lockedExit = 75;
const execFilePromise = promisify(execFile);

/** What every svn command of one repository needs. */
export interface SvnClient {
  version: string;
  /** The whole environment of svn: nothing of the server's own gets into it. */
  env: Readonly<Record<string, string>>;
  configDir: string;
  username: string | undefined;
  trustedFailures: SubversionRepositoryConfig['trustedFailures'];
  /** What svn reads from its standard input. */
  stdin: string;
  start: Launcher['start'];
}

/**
 * Finds svn and a UTF-8 locale, and writes the private configuration.
 * @throws Fault `internal` when svn is absent or too old, or no UTF-8 locale exists
 */
export async function prepareSvnClient(
  repository: SubversionRepositoryConfig,
  stateDir: string,
  shells?: ReadyShells,
): Promise<SvnClient> {
  const { version, locale } = await findSubversion();
  const configDir = await writeSvnConfig(repository, stateDir);
  const { credentials } = repository;
  const env = svnEnvironment(locale);
  shells?.makeReady(env);
  return {
    version,
    env,
    start: shells === undefined ? startAnew : (command) => shells.start(command),
    configDir,
    username: credentials?.username,
    trustedFailures: repository.trustedFailures,
    stdin: credentials === null ? '' : `${credentials.password.reveal()}\n`,
  };
}

/**
 * The installed svn and a locale in which it reads and writes UTF-8 names.
 * @throws Fault `internal` when svn is absent or too old, or no UTF-8 locale exists
 */
export async function findSubversion(): Promise<{ version: string; locale: string }> {
  for (const locale of ['C.UTF-8', ...(await installedUtf8Locales())]) {
    const { stdout, stderr } = await run('svn', ['--version', '--quiet'], locale);
    // svn complains on standard error, and goes on in ASCII, when it cannot set its locale.
    if (stderr === '') return { version: checkVersion(stdout.trim()), locale };
  }
  throw new Fault('internal', 'Looking for a UTF-8 locale for Subversion failed: this machine has none', {
    hint: 'Install the locale C.UTF-8, or any other with UTF-8',
    isRetryable: false,
  });
}

/**
 * The beginning of every svn command, in front of its own arguments; its standard input carries the password.
 * timeout(1) ends svn soon after its deadline even when this process is killed, and its timers with it.
 */
export function svnCommand({ configDir, username, trustedFailures }: SvnClient, guard: SvnGuard): string[] {
  const login = username === undefined ? [] : [`--username=${username}`, '--password-from-stdin'];
  const trust =
    trustedFailures.length === 0 ? [] : [`--trust-server-cert-failures=${trustedFailures.join(',')}`];
  const own = ['--non-interactive', '--no-auth-cache', `--config-dir=${configDir}`, ...login, ...trust];
  return [...guarded(guard), 'svn', ...own];
}

export interface SvnGuard {
  totalMs: number;
  /** svn holds its lock as long as it lives; where another one does already it ends at once with `lockedExit`. */
  lockFile?: string | undefined;
}

/** What comes in front of a program. */
export function guarded({ totalMs, lockFile }: SvnGuard): string[] {
  const seconds = Math.ceil(totalMs / 1000) + graceSeconds;
  const guard = ['timeout', '-k', String(graceSeconds), String(seconds)];
  if (lockFile === undefined) return guard;
  return [...guard, 'flock', '--nonblock', `--conflict-exit-code=${lockedExit}`, lockFile];
}

function svnEnvironment(locale: string): Record<string, string> {
  return { PATH: searchPath, LC_ALL: locale };
}

async function installedUtf8Locales(): Promise<string[]> {
  const { stdout } = await run('locale', ['-a'], 'C').catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter((name) => /utf-?8$/i.test(name));
}

async function run(
  command: string,
  args: string[],
  locale: string,
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await execFilePromise(command, args, {
      env: svnEnvironment(locale),
      timeout: probeMs,
      killSignal: 'SIGKILL',
    });
  } catch (cause) {
    throw new Fault('internal', `Starting "${command}" failed`, {
      cause,
      hint: `Install the Subversion command line client, in one of ${searchPath}`,
      isRetryable: false,
    });
  }
}

function checkVersion(version: string): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestVersion;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return version;
  throw new Fault(
    'internal',
    `Subversion ${version} is too old: it cannot take a password from its standard input`,
    {
      hint: `Install Subversion ${oldestVersion.join('.')} or newer`,
      isRetryable: false,
    },
  );
}
