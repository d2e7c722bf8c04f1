import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type GitCommit = {
  /** Path -> new content; null deletes. */
  files: Record<string, string | null | { mode: '100755' | '120000' | '160000'; content: string }>;
  /** Default: main. */
  branch?: string;
  /** What it follows, whatever the branch is now; default: the branch as it is, null: nothing. */
  from?: string | null;
  message?: string;
  author?: string;
};

export type GitRepository = AsyncDisposable & {
  /** file:///.../shop.git */
  url: string;
  path: string;
  /** The folder of it, for servers. */
  root: string;
  /** Commits straight on disk, past every server. Returns the id. */
  commit(commit: GitCommit): Promise<string>;
  git(...args: string[]): Promise<string>;
};

/** A new bare repository on disk; its folder may hold more of them. */
export async function makeGitRepository({
  name = 'shop.git',
  root = '',
  format = 'sha1',
} = {}): Promise<GitRepository> {
  const folder = root === '' ? await temporaryFolder() : undefined;
  const home = folder?.path ?? root;
  const path = join(home, name);
  const git = (...args: string[]) => runCommand('git', ['-C', path, ...args], { env: testEnvironment });
  const options = ['--bare', '--quiet', '--initial-branch=main', `--object-format=${format}`];
  await runCommand('git', ['init', ...options, path], { env: testEnvironment });
  return {
    url: pathToFileURL(path).href,
    path,
    root: home,
    commit: (commit) => fastImport(path, commit),
    git,
    async [Symbol.asyncDispose]() {
      await folder?.[Symbol.asyncDispose]();
    },
  };
}

/** Nothing of the machine's own configuration. */
export const testEnvironment = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  LC_ALL: 'C.UTF-8',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
  GIT_AUTHOR_NAME: 'alice',
  GIT_AUTHOR_EMAIL: 'alice@example.com',
  GIT_COMMITTER_NAME: 'alice',
  GIT_COMMITTER_EMAIL: 'alice@example.com',
};

async function fastImport(path: string, commit: GitCommit): Promise<string> {
  const { branch = 'main', files, message = 'change', author = 'alice', from } = commit;
  const ref = `refs/heads/${branch}`;
  const tip = await runCommand('git', ['-C', path, 'rev-parse', '--verify', '-q', ref], {
    env: testEnvironment,
  }).then(
    (id) => id.trim(),
    () => undefined,
  );
  const parent = from === undefined ? tip : (from ?? undefined);
  const stream = [
    `commit ${ref}\nmark :1\n`,
    `author ${author} <${author}@example.com> 1700000000 +0000\n`,
    `committer ${author} <${author}@example.com> ${Math.floor(Date.now() / 1000)} +0000\n`,
    data(message),
    parent === undefined ? '' : `from ${parent}\n`,
    ...Object.entries(files).map(([name, content]) => change(name, content)),
    '\nget-mark :1\n',
  ];
  const child = spawn('git', ['-C', path, 'fast-import', '--quiet', '--force', '--cat-blob-fd=1'], {
    env: testEnvironment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(stream.join(''));
  const [id] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`git fast-import failed with ${child.exitCode}`);
  return id.trim();
}

function change(name: string, content: GitCommit['files'][string]): string {
  const quoted = `"${name.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  if (content === null) return `D ${quoted}\n`;
  if (typeof content === 'string') return `M 100644 inline ${quoted}\n${data(content)}`;
  if (content.mode === '160000') return `M 160000 ${content.content} ${quoted}\n`;
  return `M ${content.mode} inline ${quoted}\n${data(content.content)}`;
}

function data(content: string): string {
  return `data ${Buffer.byteLength(content)}\n${content}\n`;
}
