import { stat } from 'node:fs/promises';
import pg from 'pg';
import { connectionConfig } from './connection.ts';
import { joinEmbeddedPostgres } from './embedded-postgres.ts';
import { findBinaries } from './postgres/binaries.ts';
import { checkCluster, clusterFolders } from './postgres/cluster.ts';

export interface SeenDatabase {
  version: string;
  /** How far its clock is before ours, in ms. */
  aheadMs: number;
  /** Who was not told, by name, and why. */
  unheard: { name: string; error: string }[];
}

/** Asks a database once, and gives up soon. @throws what the connection says */
export async function examineDatabase(url: string): Promise<SeenDatabase> {
  const client = new pg.Client({
    ...connectionConfig({ url, applicationName: 'trunkline doctor', statementTimeoutMs: 5_000 }),
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; now: Date }>(
      "select current_setting('server_version') as version, clock_timestamp() as now",
    );
    const [row] = rows;
    if (row === undefined) throw new Error('The database answers nothing');
    const aheadMs = row.now.getTime() - Date.now();
    return { version: row.version, aheadMs, unheard: await unheardIn(client) };
  } finally {
    await client.end().catch(() => {});
  }
}

async function unheardIn(client: pg.Client): Promise<SeenDatabase['unheard']> {
  const { rows } = await client.query<{ is_there: boolean }>(
    "select to_regclass('notifier') is not null as is_there",
  );
  if (rows[0]?.is_there !== true) return [];
  const found = await client.query<{ name: string; error: string }>(
    'select name, error from notifier where error is not null order by name',
  );
  return found.rows;
}

/**
 * What the embedded database of a data folder is: not made yet, at rest, or running. Starts and changes nothing.
 * @throws Fault where it could not be started: no binaries, data of another version, a folder that may not be read
 */
export async function examineEmbedded(
  dataDir: string,
): Promise<{ state: 'none' | 'resting'; version: string } | { state: 'running'; seen: SeenDatabase }> {
  const binaries = await findBinaries();
  const folders = clusterFolders(dataDir);
  if ((await stat(folders.cluster).catch(() => undefined)) === undefined)
    return { state: 'none', version: binaries.majorVersion };
  await checkCluster(folders, binaries);
  const running = await joinEmbeddedPostgres({ dataDir }).catch(() => undefined);
  if (running === undefined) return { state: 'resting', version: binaries.majorVersion };
  return { state: 'running', seen: await examineDatabase(running.url) };
}
