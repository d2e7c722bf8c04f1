import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A script of `hooks/` and where it goes, relative to the repository's own `hooks/`. */
export interface HookScript {
  name: string;
  source: string;
  mode: number;
  /** Names that Subversion or Git would call instead of it. */
  rivals: string[];
}

export type HookKind = 'svn' | 'git' | 'windows';

const posix: Record<'svn' | 'git', { name: string; file: string }[]> = {
  svn: [
    { name: 'post-commit', file: 'svn-post-commit' },
    { name: 'post-revprop-change', file: 'svn-post-commit' },
  ],
  git: [{ name: 'post-receive', file: 'git-post-receive' }],
};

export async function hookScripts(kind: HookKind): Promise<HookScript[]> {
  if (kind !== 'windows') {
    return Promise.all(
      posix[kind].map(async ({ name, file }) => ({
        name,
        source: await shipped(file),
        mode: 0o755,
        rivals: [],
      })),
    );
  }
  const names = ['post-commit.cmd', 'post-revprop-change.cmd', 'trunkline-hook.ps1'];
  return Promise.all(
    names.map(async (name) => ({
      name,
      source: await shipped(`windows/${name}`),
      mode: 0o644,
      rivals: name.endsWith('.cmd') ? ['.bat', '.exe'].map((end) => name.replace('.cmd', end)) : [],
    })),
  );
}

/** Whether a hook is one of ours, of whatever version. */
export function isOurs(source: string): boolean {
  return source.includes('Tells Trunkline about');
}

/** The scripts stand beside the program, also where that is compiled. */
function shipped(file: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../../hooks/${file}`, import.meta.url)), 'utf8');
}
