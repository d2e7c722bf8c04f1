import { splitPath } from '../domain/branch-layout.ts';
import { askVersionControl } from './ask-version-control.ts';

/** A folder that somebody works in, as its own version control describes it. */
export interface WorkingFolder {
  kind: 'svn' | 'git';
  /** null: on none, as with a detached HEAD. */
  branch: string | null;
  /** What it was checked out at; null: nothing is committed yet. */
  revision: string | null;
}

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

/** Without the last line break; null for nothing. */
async function say(command: 'svn' | 'git', args: string[], folder: string): Promise<string | null> {
  const said = ((await askVersionControl(command, args, folder)) ?? '').trim();
  return said === '' ? null : said;
}
