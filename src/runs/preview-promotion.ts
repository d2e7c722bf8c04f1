import { type ObjectDifference, setDifferences } from '../clusters/set-difference.ts';
import type { JsonObject } from '../domain/json.ts';
import { pushesIn } from '../domain/step-output.ts';
import type { Db } from '../store/database.ts';
import { deployedWorkloads, deploymentsOfWorkload, storedSetOf } from '../store/rollback-choices.ts';
import type { RunRow } from '../store/runs.ts';
import {
  type NoPromotion,
  type PlanDependencies,
  type PromotionWish,
  planPromotion,
} from './plan-promotion.ts';

export interface PromotionPreview {
  kind: 'preview';
  /** Which has built what would be deployed. */
  run: RunRow;
  images: { name: string; reference: string }[];
  /** Between what runs in the two environments now, by the sets that were applied. */
  differences: ObjectDifference[];
}

export interface PreviewDependencies extends PlanDependencies {
  /** Makes text fit to be shown: no secret of the server is in it. */
  mask(text: string): string;
}

/**
 * What a promotion would deploy, and in what the two environments differ: from the records alone, no cluster is asked.
 * What its step would change in the target is rehearsed by the run, which shows it before it writes.
 */
export async function previewPromotion(
  dependencies: PreviewDependencies,
  wish: PromotionWish,
): Promise<PromotionPreview | NoPromotion> {
  const plan = await planPromotion(dependencies, wish);
  if ('kind' in plan) return plan;
  const { db, mask } = dependencies;
  const { run, pushes } = plan;
  const workloads = wish.workloads.length === 0 ? undefined : wish.workloads;
  const [from, to] = await Promise.all([
    runningSet(db, { environment: wish.from, workloads }),
    runningSet(db, { environment: wish.to, pipeline: run.pipeline }),
  ]);
  return {
    kind: 'preview',
    run,
    images: pushesIn(pushes.map(({ output }) => output ?? {})).map(({ name, repository, digest }) => ({
      ...{ name, reference: `${repository}@${digest}` },
    })),
    differences: setDifferences(from, to).map((difference) => masked(difference, mask)),
  };
}

interface Place {
  environment: string;
  /** Default: all that are on record there. */
  workloads?: readonly string[] | undefined;
  /** Whose deployments count; default: any. */
  pipeline?: string;
}

/** What the newest healthy deployments have applied, each set once. */
async function runningSet(db: Db, { environment, workloads, pipeline }: Place): Promise<JsonObject[]> {
  const names = workloads ?? (await deployedWorkloads(db, environment));
  const newest = await Promise.all(
    names.map(async (workload) => {
      const history = await deploymentsOfWorkload(db, { environment, workload });
      return history.find(({ outcome }) => outcome === 'succeeded');
    }),
  );
  const counting = newest.filter((row) => row !== undefined && (pipeline ?? row.pipeline) === row.pipeline);
  const deployIds = new Set(counting.map((row) => row?.deploy_id ?? ''));
  const sets = await Promise.all([...deployIds].map((deployId) => storedSetOf(db, deployId)));
  return sets.flat();
}

function masked(difference: ObjectDifference, mask: (text: string) => string): ObjectDifference {
  const cover = (text: string | null) => (text === null ? null : mask(text));
  const fields = difference.fields.map((field) => ({
    ...field,
    ...{ from: cover(field.from), to: cover(field.to) },
  }));
  return { ...difference, fields };
}
