import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const withinMs = 60_000;
const mostBytes = 256 * 1024 * 1024;
const execFilePromise = promisify(execFile);

/**
 * What the user's own `svn` or `git` says about a folder, with the user's own settings: this is not a server's folder.
 * @returns the standard output as it is; null when the command is missing, fails, or takes too long
 */
export async function askVersionControl(
  command: 'svn' | 'git',
  args: readonly string[],
  folder: string,
): Promise<string | null> {
  // By way of `env`: without UTF-8, svn writes names in a form of its own.
  const line = ['LC_ALL=C.UTF-8', command, ...args];
  const options = { cwd: folder, timeout: withinMs, maxBuffer: mostBytes, encoding: 'utf8' as const };
  const answer = await execFilePromise('env', line, options).catch(() => null);
  return answer === null ? null : answer.stdout;
}
