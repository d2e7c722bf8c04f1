import type { Generated } from 'kysely';
import { sql } from 'kysely';
import type { Db } from './database.ts';

/** One row an environment: the cluster that it leads to, as the first deployment found it or somebody has accepted it. */
export interface EnvironmentClusterTable {
  environment: string;
  /** No two clusters share it, however they are called in a configuration. */
  cluster_id: string;
  recorded_at: Generated<Date>;
}

export interface KnownCluster {
  clusterId: string;
  recordedAt: Date;
}

/** What is on record; before, what was found goes on record where nothing was. */
export async function rememberCluster(
  db: Db,
  { environment, found }: { environment: string; found: string },
): Promise<KnownCluster> {
  await db
    .insertInto('environment_cluster')
    .values({ environment, cluster_id: found })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db
    .selectFrom('environment_cluster')
    .selectAll()
    .where('environment', '=', environment)
    .executeTakeFirstOrThrow();
  return { clusterId: row.cluster_id, recordedAt: row.recorded_at };
}

/** Somebody has said that the environment leads there from now on. */
export async function acceptCluster(
  db: Db,
  { environment, found }: { environment: string; found: string },
): Promise<void> {
  const recorded = { cluster_id: found, recorded_at: sql<Date>`clock_timestamp()` };
  await db
    .insertInto('environment_cluster')
    .values({ environment, ...recorded })
    .onConflict((conflict) =>
      conflict
        .column('environment')
        .doUpdateSet(recorded)
        .where('environment_cluster.cluster_id', '!=', found),
    )
    .execute();
}
