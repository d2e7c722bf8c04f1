import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { splitPath } from '../domain/branch-layout.ts';

/** A folder that somebody works in, as its own version control describes it. */
export interface WorkingFolder {
  kind: 'svn' | 'git';
  /** null: on none, as with a detached HEAD. */
  branch: string | null;
  /** What it was checked out at; null: nothing is committed yet. */
  revision: string | null;
}

const withinMs = 30_000;
const mostBytes = 256 * 1024 * 1024;
const execFilePromise = promisify(execFile);

/** @returns null for a folder of neither Subversion nor Git, or where their client is not installed */
export async function describeFolder(folder: string): Promise<WorkingFolder | null> {
  return (await describeGit(folder)) ?? (await describeSubversion(folder));
}

async function describeGit(folder: string): Promise<WorkingFolder | null> {
  if ((await say('git', ['rev-parse', '--is-inside-work-tree'], folder)) !== 'true') return null;
  const branch = await say('git', ['symbolic-ref', '--quiet', '--short', 'HEAD'], folder);
  const revision = await say('git', ['rev-parse', '--verify', '--quiet', 'HEAD'], folder);
  return { kind: 'git', branch, revision };
}

async function describeSubversion(folder: string): Promise<WorkingFolder | null> {
  const revision = await say('svn', ['info', '--non-interactive', '--show-item', 'revision', '.'], folder);
  if (revision === null) return null;
  const place = await say('svn', ['info', '--non-interactive', '--show-item', 'relative-url', '.'], folder);
  const path = decodeURIComponent((place ?? '').replace(/^\^\//, ''));
  return { kind: 'svn', branch: splitPath(['standard'], path)?.branch ?? null, revision };
}

/** What a command of version control says, without its last line break; null when it cannot say it. */
async function say(command: string, args: string[], folder: string): Promise<string | null> {
  const options = { cwd: folder, timeout: withinMs, maxBuffer: mostBytes, encoding: 'utf8' as const };
  const { stdout } = await execFilePromise(command, args, options).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? null : stdout.trim();
}
