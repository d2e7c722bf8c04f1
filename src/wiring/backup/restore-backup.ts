import { access, constants, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError, exitCodes } from '../../cli/cli-error.ts';
import { syncFolder } from '../../store/backup/archive-writer.ts';
import type { BackupHeader } from '../../store/backup/backup-format.ts';
import { openLoad } from '../../store/backup/load.ts';
import { type ReadProgress, readBackup } from '../../store/backup/read-backup.ts';
import { type Settled, settleRestored } from '../../store/backup/settle.ts';
import { lockDataDir } from '../../store/data-dir-lock.ts';
import { openDatabase } from '../../store/database.ts';
import { endEmbeddedPostgres, startEmbeddedPostgres } from '../../store/embedded-postgres.ts';
import { migrateAsFar, migrateDatabase } from '../../store/migrate.ts';
import { unfinishedRestore } from '../../store/unfinished-restore.ts';
import { createMemoryLogger } from '../logger.ts';

export interface RestoreWish {
  file: string;
  /** To be filled: missing, empty, or what a restore that was killed has left. */
  dataDir: string;
  onProgress(progress: ReadProgress): void;
}

export interface RestoreMade extends Settled {
  takenAt: string;
  /** Of the Trunkline that took the backup. */
  version: string;
}

/**
 * Makes a data folder of a backup. It is made beside its place and moved there when it is whole.
 * @throws Fault; the signal's reason. Nothing is left of what did not come to its end
 */
export async function restoreBackup(wish: RestoreWish, signal: AbortSignal): Promise<RestoreMade> {
  await refuseUnreadable(wish.file);
  await mkdir(wish.dataDir, { recursive: true, mode: 0o711 });
  const dataDir = await realpath(wish.dataDir);
  await using _lock = await lockDataDir(dataDir);
  await refuseUsed(dataDir);
  const draft = unfinishedRestore(dataDir);
  const clear = async () => {
    await endEmbeddedPostgres({ dataDir: draft });
    await rm(draft, { recursive: true, force: true });
  };
  await clear();
  let made: RestoreMade;
  try {
    made = await restoreInto(draft, wish, signal);
    signal.throwIfAborted();
    await rename(join(draft, 'postgres'), join(dataDir, 'postgres'));
  } finally {
    await clear();
  }
  await syncFolder(dataDir);
  return made;
}

async function restoreInto(
  dataDir: string,
  { file, onProgress }: RestoreWish,
  signal: AbortSignal,
): Promise<RestoreMade> {
  await mkdir(dataDir, { mode: 0o711 });
  const { logger } = createMemoryLogger();
  let database: Awaited<ReturnType<typeof startEmbeddedPostgres>> | undefined;
  try {
    const open = async ({ migrations }: BackupHeader) => {
      database = await startEmbeddedPostgres({ dataDir, logger });
      await migrateAsFar(database.url, migrations);
      return openLoad(database.url);
    };
    const { takenAt, version } = await readBackup({ file, open, onProgress }, signal);
    const url = database?.url ?? '';
    await migrateDatabase({ url });
    await using store = openDatabase({ url, applicationName: 'trunkline restore', statementTimeoutMs: 0 });
    const settled = await settleRestored(store.db, { takenAt: new Date(takenAt), from: file });
    return { takenAt, version, ...settled };
  } finally {
    await database?.stop();
  }
}

async function refuseUnreadable(file: string): Promise<void> {
  await access(file, constants.R_OK).catch((cause: Error) => {
    throw new CliError(exitCodes.wrongUse, `Cannot read the backup: ${cause.message}`, {
      hint: 'Name a file that `trunkline backup` has made, and that you may read.',
    });
  });
}

async function refuseUsed(dataDir: string): Promise<void> {
  const names = await readdir(dataDir);
  const strange = names.filter(
    (name) => name !== 'lost+found' && join(dataDir, name) !== unfinishedRestore(dataDir),
  );
  if (strange.length === 0) return;
  throw new CliError(
    exitCodes.wrongUse,
    `${dataDir} is not empty: it has ${strange.toSorted().slice(0, 3).join(', ')}`,
    {
      hint: 'A backup is restored into an empty folder only: name another DATA_DIR, or move what is there away.',
    },
  );
}
