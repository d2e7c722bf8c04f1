import { noTriggers } from '../domain/no-triggers.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { toldOnward } from '../domain/told-onward.ts';
import type { Db } from '../store/database.ts';
import { createRun } from './create-run.ts';
import { keepSteps } from './keep-steps.ts';
import {
  labelOf,
  type NoPromotion,
  type PlannedPromotion,
  type PromotionWish,
  planPromotion,
} from './plan-promotion.ts';
import type { RollbackDependencies } from './request-rollback.ts';

export interface PromotionRequest extends PromotionWish {
  by: string;
  /** In the words of whoever asks; null: none were given. */
  why: string | null;
  /** What makes two requests the same: it makes one run. null: nothing does. */
  identity: string | null;
}

export type PromotionReceipt = { kind: 'created'; runId: string } | NoPromotion;

/**
 * Makes a run that deploys to one environment exactly what runs in another: the digests that the run behind it has
 * pushed, with that run's revision and its pipeline's own deploy step, and without a build.
 */
export async function requestPromotion(
  dependencies: RollbackDependencies,
  wish: PromotionRequest,
): Promise<PromotionReceipt> {
  const plan = await planPromotion(dependencies, wish);
  if ('kind' in plan) return plan;
  const runId = await makeRun(dependencies.db, wish, plan);
  await dependencies.deliverRun(runId);
  return { kind: 'created', runId };
}

async function makeRun(
  db: Db,
  { from, to, workloads, by, why, identity }: PromotionRequest,
  { run, promotion, pushes, outputs }: PlannedPromotion,
): Promise<string> {
  const { repository, generation, branch, move, revision, author, message } = run;
  const { name, source } = run.definition as unknown as Pipeline;
  const pipeline: Pipeline = {
    name,
    source,
    on: noTriggers,
    // It waits for other promotions to the environment only, and not for builds of its branch.
    concurrency: { group: `promotion to ${to}`, queue: 'fifo' },
    steps: promotion.steps,
    promotes: { runId: run.id, ...(Object.keys(outputs).length > 0 && { outputs }) },
  };
  return db.transaction().execute(async (tx) => {
    const { runId, created } = await createRun(tx, {
      ...{ repository, generation, branch, move, revision, author, message },
      pipeline: { name: run.pipeline, source: run.pipeline_source, pipeline },
      committedAt: run.committed_at?.toISOString() ?? null,
      identity,
      trigger: 'promotion',
      requestedBy: by,
      parameters: {
        ...{ from, to, version: labelOf(run) },
        ...(workloads.length > 0 && { workloads: workloads.join(', ') }),
        ...(why !== null && { why }),
      },
      externals: run.externals,
      eventId: null,
      told: toldOnward(run),
    });
    if (created) await keepSteps(tx, runId, { earlier: run, steps: pushes });
    return runId;
  });
}
