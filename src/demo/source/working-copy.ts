import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../../domain/fault.ts';
import type { Tools } from '../setup/run-tool.ts';

export interface WorkingCopy {
  path: string;
  /** Writes these files and commits them, and nothing else that is changed. @returns the revision */
  commit(files: Readonly<Record<string, string>>, message: string): Promise<number>;
  /** Brings it to the newest revision, unless somebody has changed files in it. @returns whether it did */
  update(): Promise<boolean>;
}

export interface Checkout {
  /** The `svn` to use. */
  svn: string;
  tools: Tools;
  path: string;
  /** Of the repository; it may have moved to another port since the last checkout. */
  repository: string;
}

/** A checkout of trunk; in a repository without one, trunk is made. */
export async function openWorkingCopy(checkout: Checkout, signal: AbortSignal): Promise<WorkingCopy> {
  const { path, repository } = checkout;
  const svn = (what: string, ...args: string[]) =>
    checkout.tools({ what, command: checkout.svn, args, deadlineMs: 60_000, signal });
  const open = (await isCheckedOut(path)) ? follow : checkOut;
  await open(repository, path, svn);
  return {
    path,
    async commit(files, message) {
      await svn('Updating the working copy', 'update', '--quiet', '--accept', 'theirs-full', path);
      const names = Object.keys(files).map((name) => join(path, name));
      for (const [name, text] of Object.entries(files)) await writeWhole(join(path, name), text);
      await svn('Adding files', 'add', '--quiet', '--force', '--parents', ...names);
      // Parents that are new go with their files.
      const said = await svn('Committing', 'commit', '--message', message, path);
      const revision = /^Committed revision (\d+)/m.exec(said)?.[1];
      if (revision !== undefined) return Number(revision);
      throw new Fault('internal', `The commit made no revision: ${said.trim() || 'nothing has changed'}`);
    },
    async update() {
      const changed = await svn('Looking at the working copy', 'status', '--quiet', path);
      if (changed.trim() !== '') return false;
      await svn('Updating the working copy', 'update', '--quiet', path);
      return true;
    },
  };
}

type Svn = (what: string, ...args: string[]) => Promise<string>;

function isCheckedOut(path: string): Promise<boolean> {
  return access(join(path, '.svn')).then(
    () => true,
    () => false,
  );
}

async function checkOut(repository: string, path: string, svn: Svn): Promise<void> {
  const trunk = `${repository}/trunk`;
  const listed = await svn('Looking into the repository', 'list', repository);
  if (!listed.split('\n').includes('trunk/')) {
    await svn('Making trunk', 'mkdir', '--message', 'The usual folders', trunk, `${repository}/branches`);
  }
  await svn('Checking out', 'checkout', '--quiet', trunk, path);
}

async function follow(repository: string, path: string, svn: Svn): Promise<void> {
  const root = (await svn('Reading the working copy', 'info', '--show-item', 'repos-root-url', path)).trim();
  if (root !== repository) await svn('Moving the working copy', 'relocate', root, repository, path);
}

async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
