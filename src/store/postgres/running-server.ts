import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Fault } from '../../domain/fault.ts';
import { type ClusterFolders, databaseName, readPassword } from './cluster.ts';
import {
  isPostmasterOf,
  type Postmaster,
  type PostmasterFile,
  readPostmasterFile,
  watchPostmaster,
} from './postmaster.ts';

export interface RunningServer {
  postmaster: Postmaster;
  socketFolder: string;
  /** It lets us in with our password and says that it is the server that wrote `postmaster.pid`. */
  isAnswering: boolean;
}

/** The server that works in this cluster now, whoever started it; a stale `postmaster.pid` counts as none. */
export async function findRunning(folders: ClusterFolders): Promise<RunningServer | undefined> {
  const startedAt = performance.now();
  for (;;) {
    const file = await readOwnFile(folders);
    if (file === undefined || !(await isPostmasterOf(file.pid, folders.cluster))) return undefined;
    const isLate = performance.now() - startedAt > (file.isReady ? patienceMs : recoveryPatienceMs);
    const isAnswering = file.isReady && !isLate && (await isSameServer(folders, file));
    if (isAnswering || isLate) {
      const postmaster = watchPostmaster(file.pid, folders.cluster);
      return { postmaster, socketFolder: file.socketFolder, isAnswering };
    }
    await delay(100);
  }
}

const patienceMs = 4_000;
/** A server that is not ready yet repairs what a crash left. */
const recoveryPatienceMs = 120_000;

export function databaseUrl(socketFolder: string, password: string): string {
  return `postgresql://${databaseName}:${password}@${encodeURIComponent(socketFolder)}/${databaseName}`;
}

async function readOwnFile(folders: ClusterFolders): Promise<PostmasterFile | undefined> {
  try {
    return await readPostmasterFile(folders.cluster);
  } catch (cause) {
    throw new Fault('database-unreachable', `May not look into ${folders.cluster}`, {
      cause,
      hint: 'Run as the user who started the server.',
      isRetryable: false,
    });
  }
}

/** The two times are taken one after the other by the same server. */
const startToleranceSeconds = 10;

async function isSameServer(folders: ClusterFolders, file: PostmasterFile): Promise<boolean> {
  const client = new pg.Client({
    connectionString: databaseUrl(file.socketFolder, await readPassword(folders)),
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      'select extract(epoch from pg_postmaster_start_time())::float8 as started',
    );
    return Math.abs(rows[0].started - file.startedAt) <= startToleranceSeconds;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
