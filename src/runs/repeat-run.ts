import { approvalsToAskAgain } from '../domain/approval.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { resolveParameters } from '../domain/parameters.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { stepsToKeep } from '../domain/plan-again.ts';
import { makersOnward } from '../domain/told-onward.ts';
import type { Db } from '../store/database.ts';
import { type RunRow, readRun, readSteps } from '../store/runs.ts';
import { createRun, type RunRequest } from './create-run.ts';
import { keepSteps } from './keep-steps.ts';

export interface RepeatWish {
  runId: string;
  by: string;
  /** What makes two requests the same: it makes one run. Default: nothing does. */
  identity?: string | null;
}

/** Why a run cannot be repeated; a person's mistake, not ours. */
export type RepeatRefusal = {
  refused: 'not-found' | 'not-ended' | 'nothing-failed' | 'no-pipeline' | 'other-parameters';
};

/**
 * Makes a run that continues an ended one from its failed steps: same pipeline file, same revision; what succeeded
 * keeps its outputs (digests), but for what runs in answer to a failure, and for approvals that something is still to be
 * done on. Within the caller's transaction.
 */
export async function retryRun(tx: Db, wish: RepeatWish): Promise<{ runId: string } | RepeatRefusal> {
  const earlier = await readEnded(tx, wish.runId);
  if ('refused' in earlier) return earlier;
  if (earlier.outcome === 'succeeded') return { refused: 'nothing-failed' };
  const pipeline = earlier.definition as unknown as Pipeline;
  const { runId, created } = await createRun(tx, {
    ...repeated(earlier, wish),
    trigger: 'retry',
    pipeline: { name: earlier.pipeline, source: earlier.pipeline_source, pipeline },
  });
  if (!created) return { runId };
  const steps = await readSteps(tx, earlier.id);
  const kept = stepsToKeep(pipeline.steps, new Map(steps.map((step) => [step.id, step])));
  const asked = approvalsToAskAgain(pipeline.steps, new Set(kept));
  const keep = kept.filter((id) => !asked.includes(id));
  await keepSteps(tx, runId, { earlier, steps: steps.filter(({ id }) => keep.includes(id)) });
  return { runId };
}

/** Makes a run of the same revision with the pipeline file of today. Within the caller's transaction. */
export async function rerunRun(
  tx: Db,
  wish: RepeatWish & { findPipeline(name: string): RunRequest['pipeline'] | undefined },
): Promise<{ runId: string } | RepeatRefusal> {
  const earlier = await readEnded(tx, wish.runId);
  if ('refused' in earlier) return earlier;
  const pipeline = wish.findPipeline(earlier.pipeline);
  if (pipeline === undefined) return { refused: 'no-pipeline' };
  const parameters = takenToday(earlier, pipeline.pipeline);
  if (parameters === null) return { refused: 'other-parameters' };
  const { cause } = earlier.definition as unknown as Pipeline;
  const first = cause === undefined ? {} : { cause };
  return createRun(tx, { ...repeated(earlier, wish), ...first, parameters, trigger: 'rerun', pipeline });
}

/** Of the earlier run's parameters those that its pipeline still has; null when it would not take them. */
function takenToday({ parameters }: RunRow, { parameters: declared = [] }: Pipeline): JsonObject | null {
  const known = Object.entries(parameters).filter(([name]) => declared.some((one) => one.name === name));
  const resolved = resolveParameters(declared, Object.fromEntries(known));
  return 'values' in resolved ? resolved.values : null;
}

async function readEnded(tx: Db, runId: string): Promise<RunRow | RepeatRefusal> {
  const run = await readRun(tx, runId);
  if (run === undefined) return { refused: 'not-found' };
  return run.state === 'ended' ? run : { refused: 'not-ended' };
}

function repeated(
  earlier: RunRow,
  { by, identity = null }: RepeatWish,
): Omit<RunRequest, 'trigger' | 'pipeline'> {
  return {
    repository: earlier.repository,
    generation: earlier.generation,
    branch: earlier.branch,
    move: earlier.move,
    revision: earlier.revision,
    author: earlier.author,
    committedAt: earlier.committed_at?.toISOString() ?? null,
    message: earlier.message,
    externals: earlier.externals,
    identity,
    requestedBy: by,
    parameters: earlier.parameters as Record<string, Json>,
    eventId: earlier.event_id,
    told: { ...earlier.told, ...makersOnward(earlier) },
  };
}
