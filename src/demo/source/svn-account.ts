import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemoFolder } from '../setup/demo-folder.ts';
import { realm, svnUser } from './repository.ts';

/**
 * Writes `svn` into the demo's folder: the ordinary svn with the account of the demo, whose password is in a
 * configuration of its own. Nothing is written to the one in the user's home.
 * @returns the script's path
 */
export async function writeSvnCommand(
  folder: DemoFolder,
  { port, password }: { port: number; password: string },
): Promise<string> {
  const config = folder.inside('svn-config');
  const realmText = `<svn://127.0.0.1:${port}> ${realm}`;
  const accounts = join(config, 'auth/svn.simple');
  await mkdir(accounts, { recursive: true, mode: 0o700 });
  const file = join(accounts, createHash('md5').update(realmText).digest('hex'));
  const entry = {
    passtype: 'simple',
    password,
    'svn:realmstring': realmText,
    username: svnUser,
  };
  await writeFile(file, hashFile(entry), { mode: 0o600 });
  const script = folder.at('svn');
  await writeFile(script, svnScript, { mode: 0o755 });
  return script;
}

/** The format of Subversion's own files of keys and values. */
function hashFile(entries: Record<string, string>): string {
  const field = (kind: string, text: string) => `${kind} ${Buffer.byteLength(text)}\n${text}\n`;
  const lines = Object.entries(entries).map(([key, value]) => field('K', key) + field('V', value));
  return `${lines.join('')}END\n`;
}

const svnScript = `#!/bin/sh
# svn with the account of this demo.
exec svn --non-interactive --config-dir "$(dirname -- "$(readlink -f -- "$0")")/.state/svn-config" "$@"
`;
