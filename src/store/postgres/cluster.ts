import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../domain/fault.ts';
import { type Account, isRoot, switchAccount } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';

/** Everything of the embedded database, under `DATA_DIR/postgres`. */
export interface ClusterFolders {
  base: string;
  /** PostgreSQL's own data folder. */
  cluster: string;
  password: string;
  libraries: string;
  socket: string;
  /** Held by the server and all its processes for as long as one of them lives. */
  lock: string;
  log: string;
}

export function clusterFolders(dataDir: string): ClusterFolders {
  const base = join(dataDir, 'postgres');
  return {
    base,
    cluster: join(base, 'cluster'),
    password: join(base, 'password'),
    libraries: join(base, 'lib'),
    socket: join(base, 'socket'),
    lock: join(base, 'lock'),
    log: join(base, 'server.log'),
  };
}

/** The role and the database of Trunkline; the superuser of the cluster cannot log in. */
export const databaseName = 'trunkline';

/** What it takes to make and to start a cluster. */
export interface ClusterParts {
  folders: ClusterFolders;
  binaries: PostgresBinaries;
  account: Account;
}

/**
 * Makes the cluster beside its place and moves it there when it is whole, so that a crash in between leaves nothing
 * that looks like a database.
 */
export async function createCluster({ folders, binaries, account }: ClusterParts): Promise<void> {
  await checkSpace(folders.base, 'Cannot make the embedded database', neededForNewCluster);
  const draft = `${folders.cluster}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await giveTo(account, draft);
  const asAccount = await switchAccount(account, [folders.base, binaries.folder]);
  const env = processEnvironment(folders, binaries);
  await runToEnd({ command: [...asAccount, binaries.initdb, ...initdbOptions, `--pgdata=${draft}`], env });
  const password = randomBytes(24).toString('base64url');
  const statements = [
    `create role ${databaseName} login password '${password}'`,
    `create database ${databaseName} owner ${databaseName}`,
  ];
  const single = ['--single', '-D', draft, '-c', 'exit_on_error=on', '-c', 'log_checkpoints=off', 'postgres'];
  const input = `${statements.join('\n')}\n`;
  await runToEnd({ command: [...asAccount, binaries.postgres, ...single], env, input });
  await writeFile(join(draft, 'pg_hba.conf'), `local ${databaseName} ${databaseName} scram-sha-256\n`);
  await writeWhole(folders.password, password);
  await rename(draft, folders.cluster);
  await syncFolder(folders.base);
}

/** @throws Fault when the folder is not a cluster of this major version */
export async function checkCluster(folders: ClusterFolders, binaries: PostgresBinaries): Promise<void> {
  const version = await readFile(join(folders.cluster, 'PG_VERSION'), 'utf8').catch(() => '');
  if (version.trim() === binaries.majorVersion) return;
  const message =
    version === ''
      ? `${folders.cluster} is not a database: it has no PG_VERSION`
      : `The database in ${folders.cluster} is of PostgreSQL ${version.trim()}, this Trunkline has ${binaries.majorVersion}`;
  throw new Fault('database-unreachable', message, {
    hint:
      version === ''
        ? 'Restore DATA_DIR from a backup, or move the folder away to begin with an empty database.'
        : 'Use the Trunkline that made it, dump its data, and load them into a new DATA_DIR or DATABASE_URL.',
    isRetryable: false,
  });
}

/** The password of role `trunkline`. */
export async function readPassword(folders: ClusterFolders): Promise<string> {
  try {
    return await readFile(folders.password, 'utf8');
  } catch (cause) {
    throw new Fault(
      'database-unreachable',
      `Cannot read the password of the embedded database, ${folders.password}`,
      {
        cause,
        hint: 'Run as the user who started the server; if the file is lost, restore it from a backup of DATA_DIR.',
        isRetryable: false,
      },
    );
  }
}

/** @throws Fault `disk-full` when less than `bytes` are free where `folder` is */
export async function checkSpace(folder: string, attempt: string, bytes: number): Promise<void> {
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  if (free >= bytes) return;
  throw new Fault(
    'disk-full',
    `${attempt}: ${toMiB(free)} MiB are free in ${folder}, ${toMiB(bytes)} are needed`,
    {
      hint: 'Free space on that disk, or set DATA_DIR to a folder on another one.',
    },
  );
}

/** Nothing of our own environment reaches PostgreSQL. */
export function processEnvironment(
  folders: ClusterFolders,
  binaries: PostgresBinaries,
): Record<string, string> {
  const libraries = `${folders.libraries}:${join(binaries.folder, 'lib')}`;
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: libraries };
}

export async function giveTo(account: Account, path: string): Promise<void> {
  if (isRoot()) await chown(path, account.uid, account.gid);
}

/** 40 MiB of tables and the first WAL segments, with room to begin. */
const neededForNewCluster = 128 * 2 ** 20;

const initdbOptions = [
  ...['--username=postgres', '--auth=reject', '--encoding=UTF8'],
  ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
];

interface Command {
  command: string[];
  env: Record<string, string>;
  input?: string;
}

function runToEnd({ command: [file = '', ...args], env, input }: Command): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { cwd: '/', env, timeout: 120_000 }, (error, stdout, stderr) => {
      if (error === null) return resolve();
      const lines = `${stdout}\n${stderr}`.trim().split('\n');
      const reason = lines.findLast((line) => line.trim() !== '') ?? 'it printed nothing';
      reject(
        new Fault('database-unreachable', `Cannot make the embedded database: ${reason}`, { cause: error }),
      );
    });
    child.stdin?.on('error', () => {}).end(input ?? '');
  });
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

function toMiB(bytes: number): number {
  return Math.floor(bytes / 2 ** 20);
}
