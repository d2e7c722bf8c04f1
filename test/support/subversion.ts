import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canConnect } from './can-connect.ts';
import { freePort } from './free-port.ts';
import { runCommand } from './run-command.ts';
import { startServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type Commit = {
  /** Path from the repository's root -> new content; null deletes the file or folder. Folders are made as needed. */
  files: Record<string, string | Buffer | null>;
  message?: string;
  author?: string;
};

export type Subversion = AsyncDisposable & {
  /** svn://127.0.0.1:PORT, the server. */
  url: string;
  /** svn://127.0.0.1:PORT/shop, the root of its one repository. */
  root: string;
  /** The repository's folder on disk, for hooks and svnadmin. */
  path: string;
  uuid: string;
  /** The account that may read and write, when a password was asked for; else nobody has to log in. */
  username: string;
  readonly pid: number;
  /** Commits past the server, straight on disk, so that it works with the server stopped. Returns the revision. */
  commit(commit: Commit): Promise<number>;
  stop(): Promise<void>;
  start(): Promise<void>;
};

/** A real svnserve on loopback with one new repository, "shop". */
export async function startSubversion({ password }: { password?: string } = {}): Promise<Subversion> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'shop');
  const port = await freePort();
  const username = 'ci';
  await runCommand('svnadmin', ['create', path]);
  await writeAccess(path, username, password);
  const [uuid = ''] = (await readFile(join(path, 'db/uuid'), 'utf8')).split('\n');
  const launch = () =>
    startServerProcess({
      name: 'svnserve',
      command: 'svnserve',
      args: [
        '--daemon',
        '--foreground',
        '--root',
        folder.path,
        '--listen-host',
        '127.0.0.1',
        '--listen-port',
        `${port}`,
      ],
      isReady: () => canConnect(port),
    });
  let server = await launch();
  const tree: KnownTree = { revision: -1, paths: new Set() };
  return {
    url: `svn://127.0.0.1:${port}`,
    root: `svn://127.0.0.1:${port}/shop`,
    path,
    uuid,
    username,
    get pid() {
      return server.pid;
    },
    commit: (commit) => commitTo(path, commit, tree),
    stop: () => server.stop(),
    async start() {
      server = await launch();
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function writeAccess(path: string, username: string, password: string | undefined): Promise<void> {
  const anonymous = password === undefined ? 'write' : 'none';
  const lines = [
    '[general]',
    `anon-access = ${anonymous}`,
    'auth-access = write',
    'password-db = passwd',
    '',
  ];
  await writeFile(join(path, 'conf/svnserve.conf'), lines.join('\n'));
  const account = password === undefined ? '' : `${username} = ${password}\n`;
  await writeFile(join(path, 'conf/passwd'), `[users]\n${account}`, { mode: 0o600 });
}

/** What was in a repository when it was asked last. */
type KnownTree = { revision: number; paths: Set<string> };

export async function commitTo(
  path: string,
  { files, message = 'change', author = 'alice' }: Commit,
  tree: KnownTree = { revision: -1, paths: new Set() },
): Promise<number> {
  await using scratch = await temporaryFolder();
  const actions: string[] = [];
  await readTree(path, tree);
  const known = new Set(tree.paths);
  for (const [name, content] of Object.entries(files)) {
    if (content === null) {
      actions.push('rm', asUrlPath(name));
      continue;
    }
    for (const parent of parents(name)) {
      if (known.has(parent)) continue;
      known.add(parent);
      actions.push('mkdir', asUrlPath(parent));
    }
    const file = join(scratch.path, randomBytes(8).toString('hex'));
    await writeFile(file, content);
    actions.push('put', file, asUrlPath(name));
  }
  const printed = await runCommand(
    'svnmucc',
    [
      ...['--non-interactive', '--config-dir', scratch.path, '--username', author, '--message', message],
      ...['--root-url', `file://${encodeURI(path)}`, ...actions],
    ],
    { env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } },
  );
  const revision = /^r(\d+) committed/m.exec(printed)?.[1];
  if (revision === undefined) throw new Error(`svnmucc named no revision: ${printed}`);
  const isAllKnown = Number(revision) === tree.revision + 1 && !Object.values(files).includes(null);
  Object.assign(tree, { revision: isAllKnown ? Number(revision) : -1, paths: known });
  return Number(revision);
}

/** svnmucc reads its paths as parts of a URL: a "%" or "#" in a name must be escaped. */
function asUrlPath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

/** "a/b/c.txt" -> ["a", "a/b"] */
function parents(name: string): string[] {
  const segments = name.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}

/** Starts a program only where others have committed since, or something has gone. */
async function readTree(path: string, tree: KnownTree): Promise<void> {
  const revision = Number(await readFile(join(path, 'db/current'), 'utf8'));
  if (revision === tree.revision) return;
  const printed = await runCommand('svnlook', ['tree', '--full-paths', '--revision', `${revision}`, path], {
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
  });
  const paths = new Set(printed.split('\n').map((line) => line.replace(/\/$/, '')));
  Object.assign(tree, { revision, paths });
}
