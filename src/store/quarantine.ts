import { sql } from 'kysely';
import type { Db } from './database.ts';

/** What is about to be rolled out to a target. */
export interface PlannedImages {
  target: string;
  /** Container -> image reference. */
  images: Record<string, string>;
}

/** A rollout of exactly these images that failed on the target before. */
export interface FailedBefore {
  target: string;
  revision: string;
  pipeline: string;
  number: number;
  cause: string | null;
}

/**
 * Whether one of the rollouts has failed before: the same images on the same target, at this revision or a newer one of
 * the branch, judged unhealthy there, and never healthy since. A newer revision may try again, and so may a retry, which
 * a person has asked for.
 */
export async function findFailedBefore(
  db: Db,
  runId: string,
  workloads: readonly PlannedImages[],
): Promise<FailedBefore | undefined> {
  for (const { target, images } of workloads) {
    if (!Object.values(images).some((image) => image.includes('@'))) continue;
    const found = await findFailure(db, runId, { target, images });
    if (found !== undefined) return found;
  }
  return undefined;
}

async function findFailure(
  db: Db,
  runId: string,
  { target, images }: PlannedImages,
): Promise<FailedBefore | undefined> {
  const sameImages = sql<boolean>`deployment.images = ${JSON.stringify(images)}::jsonb`;
  return (
    db
      .selectFrom('deployment')
      .innerJoin('run as own', (join) => join.on('own.id', '=', runId))
      .innerJoin('run as other', 'other.id', 'deployment.run_id')
      .select(['deployment.target', 'deployment.revision', 'deployment.cause'])
      .select(['other.pipeline', 'other.number'])
      .where('deployment.target', '=', target)
      .where(sameImages)
      .where('deployment.outcome', 'in', ['failed', 'timed-out'])
      // Without evidence the cluster refused it: nothing of it ever ran.
      .where('deployment.evidence', 'is not', null)
      .where('own.trigger', '<>', 'retry')
      .whereRef('other.id', '<>', 'own.id')
      .whereRef('other.repository', '=', 'own.repository')
      .whereRef('other.generation', '=', 'own.generation')
      .whereRef('other.branch', '=', 'own.branch')
      .whereRef('other.move', '>=', 'own.move')
      .where(
        sql<boolean>`not exists (
        select from deployment healthy
        where healthy.target = deployment.target and healthy.images = deployment.images
          and healthy.outcome = 'succeeded' and healthy.started_at > deployment.started_at
      )`,
      )
      .orderBy('deployment.started_at', 'desc')
      .executeTakeFirst()
  );
}
