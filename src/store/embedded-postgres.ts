import { mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Fault } from '../domain/fault.ts';
import { accountForNewCluster, accountOfCluster } from './postgres/account.ts';
import { findBinaries, linkLibraries } from './postgres/binaries.ts';
import {
  type ClusterFolders,
  type ClusterParts,
  checkCluster,
  clusterFolders,
  createCluster,
  giveTo,
  readPassword,
} from './postgres/cluster.ts';
import { stopPostmaster } from './postgres/postmaster.ts';
import { databaseUrl, findRunning, type RunningServer } from './postgres/running-server.ts';
import { startServer } from './postgres/start-server.ts';
import { supervise } from './postgres/supervise.ts';

export interface EmbeddedPostgres extends AsyncDisposable {
  /** `postgresql://` over a Unix socket, with the password: a secret. Stays the same while this object lives. */
  url: string;
  /** The server's process; another one after it had to be started again. */
  readonly pid: number;
  /** How it came to run: made and started, started, or found running and taken over. */
  origin: 'created' | 'started' | 'adopted';
  /** Ends the server in good order, whoever is still connected. Safe to repeat. */
  stop(): Promise<void>;
}

/**
 * Runs the database under `dataDir/postgres`, and starts it again whenever it ends by itself. The caller holds
 * `lockDataDir`. The server outlives a kill -9 of this process; the next call finds and adopts it.
 *
 * @throws Fault `disk-full`, or `database-unreachable` and `internal` with one line that says what is wrong
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  logger: Logger;
}): Promise<EmbeddedPostgres> {
  const { logger } = options;
  await mkdir(options.dataDir, { recursive: true, mode: 0o711 });
  const folders = clusterFolders(await realpath(options.dataDir));
  const { isNew, ...parts } = await prepareCluster(folders, logger);
  const running = isNew ? undefined : await adoptOrStop(folders, logger);
  const socketFolder = running?.socketFolder ?? (await prepareSocketFolder(parts));
  const launch = () => startServer({ ...parts, socketFolder });
  const postmaster = running?.postmaster ?? (await launch());
  const supervision = supervise({ postmaster, launch, logger });
  const stop = async () => {
    await supervision.stop();
    if (socketFolder !== folders.socket) await rm(socketFolder, { recursive: true, force: true });
  };
  return {
    url: databaseUrl(socketFolder, await readPassword(folders)),
    get pid() {
      return supervision.pid;
    },
    origin: running !== undefined ? 'adopted' : isNew ? 'created' : 'started',
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * The database that a server on this machine runs under `dataDir`, for a further process of the same user.
 *
 * @throws Fault when none runs there, or it may not be used by this user
 */
export async function joinEmbeddedPostgres({ dataDir }: { dataDir: string }): Promise<{ url: string }> {
  const folders = clusterFolders(await realpath(dataDir).catch(() => dataDir));
  const running = await findRunning(folders);
  if (running?.isAnswering) return { url: databaseUrl(running.socketFolder, await readPassword(folders)) };
  throw new Fault('database-unreachable', `No embedded database runs in ${folders.base}`, {
    hint: 'Start `trunkline serve` with this DATA_DIR first, or set DATABASE_URL to the database of the server.',
  });
}

/** Ends what runs under `dataDir`, whoever has started it and left it running. */
export async function endEmbeddedPostgres({ dataDir }: { dataDir: string }): Promise<void> {
  const running = await findRunning(clusterFolders(dataDir));
  if (running !== undefined) await stopPostmaster(running.postmaster);
}

async function prepareCluster(
  folders: ClusterFolders,
  logger: Logger,
): Promise<ClusterParts & { isNew: boolean }> {
  const binaries = await findBinaries();
  const isNew = (await stat(folders.cluster).catch(() => undefined)) === undefined;
  const account = isNew ? await accountForNewCluster(logger) : await accountOfCluster(folders.cluster);
  const parts = { folders, binaries, account };
  await mkdir(folders.base, { recursive: true, mode: 0o700 });
  await giveTo(account, folders.base);
  await linkLibraries(binaries, folders.libraries);
  if (isNew) await createCluster(parts);
  await checkCluster(folders, binaries);
  return { ...parts, isNew };
}

async function adoptOrStop(folders: ClusterFolders, logger: Logger): Promise<RunningServer | undefined> {
  const running = await findRunning(folders);
  if (running === undefined) return undefined;
  const { pid } = running.postmaster;
  if (running.isAnswering) {
    logger.info({ pid }, 'Adopted the embedded PostgreSQL that an earlier server left running');
    return running;
  }
  logger.warn({ pid }, 'Stopping an embedded PostgreSQL that was left running and does not answer');
  await stopPostmaster(running.postmaster);
  return undefined;
}

/** A socket's path has at most 107 bytes; for a longer one a short folder of its own is made, as private. */
async function prepareSocketFolder({ folders, account }: ClusterParts): Promise<string> {
  const isShort = Buffer.byteLength(join(folders.socket, '.s.PGSQL.5432')) <= 107;
  const folder = isShort ? folders.socket : await mkdtemp(join(await realpath(tmpdir()), 'trunkline-'));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await giveTo(account, folder);
  return folder;
}
