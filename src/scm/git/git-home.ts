import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitUrl } from '../../config/git-url.ts';
import type { Credentials, GitRepositoryConfig } from '../../config/server-config.ts';
import { Fault } from '../../domain/fault.ts';
import { quoteForShell } from '../quote-for-shell.ts';
import { replaceFile } from '../replace-file.ts';
import { sshArguments } from '../ssh-arguments.ts';

/** The home folder that git gets for one repository: nothing of the account that the server runs under gets in. */
export interface GitHome {
  folder: string;
  /** Starts git with a hard deadline; git is the first of a process group. */
  guard: string;
  /** For GIT_ALLOW_PROTOCOL. */
  protocols: string;
}

/** Writes the private configuration of one repository. Safe to repeat. */
export async function prepareGitHome(
  repository: GitRepositoryConfig,
  url: GitUrl,
  stateDir: string,
): Promise<GitHome> {
  const folder = join(stateDir, 'git', encodeURIComponent(repository.name));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const guard = join(folder, 'guard.sh');
  await replaceFile(guard, guardScript);
  await replaceFile(join(folder, '.gitconfig'), configOf(repository, url, folder));
  if (repository.credentials !== null)
    await replaceFile(credentialsFile(folder), credentialsText(repository.credentials));
  return { folder, guard, protocols: ['https', 'ssh', ...repository.allowedSchemes].join(':') };
}

/**
 * timeout(1) leads a process group, and ends all of it: at the deadline, also when this process was killed and its timers
 * with it, and when it is interrupted, for good after 2 s.
 */
const guardScript = 'exec timeout -k 2 "$TRUNKLINE_DEADLINE_S" git "$@"\n';

/** What a user, a hook or the repository itself could configure is off; what is needed is on. */
function configOf(
  { credentials, ca, ssh, allowedSchemes }: GitRepositoryConfig,
  url: GitUrl,
  folder: string,
): string {
  const sshCommand = ['ssh', ...sshArguments(ssh).map(quoteForShell)].join(' ');
  const sections: Section[] = [
    ['core', { hooksPath: '/dev/null', sshCommand, autocrlf: 'false', attributesFile: '/dev/null' }],
    ['ssh', { variant: 'ssh' }],
    ['init', { templateDir: '', defaultBranch: 'main' }],
    ['gc', { autoDetach: 'false' }],
    ['submodule', { recurse: 'false' }],
    ['http', { lowSpeedLimit: '1', lowSpeedTime: '60', ...(ca !== null && { sslCAInfo: ca }) }],
    ['filter "lfs"', lfsFilter],
    ...(credentials === null || url.scheme === 'ssh' ? [] : [loginAt(url, credentials, folder)]),
    // git refuses local repositories of another account; that the server's config names them is the permission.
    ...(allowedSchemes.includes('file') ? [['safe', { directory: '*' }] satisfies Section] : []),
  ];
  return sections.map(sectionText).join('');
}

const lfsFilter = {
  process: 'git-lfs filter-process',
  smudge: 'git-lfs smudge -- %f',
  clean: 'git-lfs clean -- %f',
  required: 'true',
};

/** The login is for this host alone, wherever a redirect or a submodule may lead. */
function loginAt(url: GitUrl, { username }: Credentials, folder: string): Section {
  const answer = `!answer() { test "$1" = get && cat ${quoteForShell(credentialsFile(folder))}; }; answer`;
  return [`credential "${url.scheme}://${url.host}"`, { username, helper: answer }];
}

function credentialsFile(folder: string): string {
  return join(folder, 'credentials');
}

function credentialsText({ name, username, password }: Credentials): string {
  const secret = password.reveal();
  if (![username, secret].some((text) => /[\r\n\0]/.test(text)))
    return `username=${username}\npassword=${secret}\n`;
  throw new Fault('scm-denied', `The credentials "${name}" are refused: they have more than one line`, {
    hint: 'Git takes a user name and a password of one line each',
    isRetryable: false,
  });
}

type Section = [heading: string, values: Record<string, string>];

function sectionText([heading, values]: Section): string {
  const lines = Object.entries(values).map(([key, value]) => `\t${key} = ${quoted(value)}\n`);
  return `[${heading}]\n${lines.join('')}`;
}

function quoted(value: string): string {
  if (!/[\r\n\0]/.test(value)) return `"${value.replace(/["\\]/g, '\\$&')}"`;
  throw new Fault(
    'internal',
    `Writing Git's configuration failed: ${JSON.stringify(value)} has more than one line`,
    {
      hint: 'Use file names without line breaks',
      isRetryable: false,
    },
  );
}
