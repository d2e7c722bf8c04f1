import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError, exitCodes } from '../../cli/cli-error.ts';
import type { ServerConfig } from '../../config/server-config.ts';
import { Fault } from '../../domain/fault.ts';
import { openArchiveWriter } from '../../store/backup/archive-writer.ts';
import { openDump } from '../../store/backup/dump.ts';
import { type BackupProgress, writeBackup } from '../../store/backup/write-backup.ts';
import { lockDataDir } from '../../store/data-dir-lock.ts';
import { joinEmbeddedPostgres, startEmbeddedPostgres } from '../../store/embedded-postgres.ts';
import { createMemoryLogger } from '../logger.ts';
import { filesOfServer } from './files-of-server.ts';

export interface BackupWish {
  config: ServerConfig;
  /** The config of the server; it may be missing. */
  configFile: string;
  /** A file to be made, or a folder in which one is. */
  into: string;
  onProgress(progress: BackupProgress): void;
}

export interface BackupMade {
  file: string;
  bytes: number;
  takenAt: string;
  /** Rows are not counted: tables. */
  tables: number;
  /** Of the server, beside the database. */
  files: number;
}

/**
 * Writes all that a server with a database of its own has, while it runs or not, into one file.
 * @throws Fault; the signal's reason. Nothing is left of what did not come to its end
 */
export async function takeBackup(wish: BackupWish, signal: AbortSignal): Promise<BackupMade> {
  const { config, configFile, onProgress } = wish;
  const isFolder = (await stat(wish.into).catch(() => undefined))?.isDirectory() ?? false;
  if (!isFolder) await refuseTaken(wish.into);
  await using opened = await openDatabaseOf(config);
  await using dump = await openDump(opened.url);
  const file = isFolder ? join(wish.into, nameOf(dump.takenAt)) : wish.into;
  const files = await filesOfServer({ configFile, pipelines: config.pipelinesDir });
  await using archive = await openArchiveWriter(file, signal);
  await writeBackup(archive, { dump, files }, onProgress);
  await archive.finish();
  const { size: bytes } = await stat(file);
  const facts = { takenAt: dump.takenAt.toISOString(), tables: dump.tables.length, files: files.length };
  return { file, bytes, ...facts };
}

async function refuseTaken(file: string): Promise<void> {
  if ((await stat(file).catch(() => undefined)) === undefined) return;
  throw new CliError(exitCodes.wrongUse, `${file} is there already`, {
    hint: 'Name a file that is not there, or a folder: then the file is named by the time.',
  });
}

/** Sorts by time, and is a name everywhere: `trunkline-20261129T004300Z.tar.gz`. */
function nameOf(takenAt: Date): string {
  return `trunkline-${takenAt.toISOString().replace(/[-:]|\.\d+/g, '')}.tar.gz`;
}

/** That of the running server; of one that is stopped, started for as long as it takes. */
async function openDatabaseOf({ dataDir }: ServerConfig): Promise<{ url: string } & AsyncDisposable> {
  const running = await joinEmbeddedPostgres({ dataDir }).catch((error: unknown) => {
    if (error instanceof Fault && error.isRetryable) return undefined;
    throw error;
  });
  if (running !== undefined) return { ...running, [Symbol.asyncDispose]: async () => undefined };
  if ((await stat(join(dataDir, 'postgres/cluster')).catch(() => undefined)) === undefined)
    throw new CliError(exitCodes.wrongUse, `There is no database of a server in ${dataDir}`, {
      hint: 'Name its folder, as for `trunkline serve`: --data-dir FOLDER, or DATA_DIR.',
    });
  await using opening = new AsyncDisposableStack();
  opening.use(await lockDataDir(dataDir));
  const { url } = opening.use(await startEmbeddedPostgres({ dataDir, logger: createMemoryLogger().logger }));
  const owned = opening.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
