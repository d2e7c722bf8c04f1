import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type HookScript, isOurs } from './hook-scripts.ts';

/** What became of one script. `beside`: somebody's own hook is there; ours stands beside it and is to be called from it. */
export interface WrittenHook {
  name: string;
  file: string;
  outcome: 'written' | 'up-to-date' | 'beside' | 'chained';
}

/** Writes a script as a hook, unless somebody else's is there: then under a name of ours beside it. */
export async function writeHook(folder: string, script: HookScript): Promise<WrittenHook> {
  const { name, source } = script;
  const file = join(folder, 'hooks', name);
  const present = await sourceOf(file);
  if (present === source) return { name, file, outcome: 'up-to-date' };
  const foreign = await foreignHook(folder, script);
  if (foreign === null) {
    await replaceFile(file, source, script.mode);
    return { name, file, outcome: 'written' };
  }
  const beside = join(folder, 'hooks', `trunkline-${name}`);
  await replaceFile(beside, source, script.mode);
  const isCalled = foreign.includes(`trunkline-${name}`);
  return { name, file: beside, outcome: isCalled ? 'chained' : 'beside' };
}

/** The text of the hook that somebody else has put there, '' for one that is no text; null for none. */
export async function foreignHook(
  folder: string,
  { name, rivals }: Pick<HookScript, 'name' | 'rivals'>,
): Promise<string | null> {
  for (const candidate of [name, ...rivals]) {
    const source = await sourceOf(join(folder, 'hooks', candidate));
    if (source !== null && !isOurs(source)) return source;
  }
  return null;
}

/** null when there is nothing; '' for what is there and cannot be read as a file, such as a link to nowhere. */
async function sourceOf(file: string): Promise<string | null> {
  try {
    await lstat(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  return readFile(file, 'utf8').catch(() => '');
}

/** Replaces a file as a whole; it belongs to whoever owns its folder, as the server's account must be able to read it. */
export async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const folder = dirname(file);
  const unfinished = join(folder, `.trunkline-${randomBytes(6).toString('hex')}`);
  await writeFile(unfinished, content, { mode: 0o600, flag: 'wx' });
  const { uid, gid } = await stat(folder);
  if (process.getuid?.() === 0) await chown(unfinished, uid, gid);
  await chmod(unfinished, mode);
  await rename(unfinished, file);
}
