import type { Logger } from 'pino';
import type { ServerConfig } from '../config/server-config.ts';
import { joinEmbeddedPostgres, startEmbeddedPostgres } from '../store/embedded-postgres.ts';
import { migrateDatabase, waitForMigrations } from '../store/migrate.ts';

export interface OpenedDatabase extends AsyncDisposable {
  /** With its password: a secret. */
  url: string;
}

/** The database of a server: the configured one, or the embedded one, started or adopted; its tables up to date. */
export async function openServerDatabase(config: ServerConfig, logger: Logger): Promise<OpenedDatabase> {
  const database =
    config.databaseUrl === null
      ? await startEmbeddedPostgres({ dataDir: config.dataDir, logger })
      : outsideDatabase(config.databaseUrl.reveal());
  try {
    await migrateDatabase({ url: database.url });
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * The database of a further worker: the configured one, or that of the server with the same data folder. Waits until a
 * server of this version has made its tables.
 */
export async function findWorkerDatabase(
  config: ServerConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<string> {
  const url = config.databaseUrl?.reveal() ?? (await joinEmbeddedPostgres({ dataDir: config.dataDir })).url;
  const onWait = () => logger.info('waiting for a server of this version to bring the tables up to date');
  await waitForMigrations({ url, onWait }, signal);
  return url;
}

function outsideDatabase(url: string): OpenedDatabase {
  return { url, [Symbol.asyncDispose]: async () => undefined };
}
