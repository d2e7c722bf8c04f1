import pRetry from 'p-retry';
import { Fault } from '../domain/fault.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { type Problem, renderProblem } from '../domain/problem.ts';
import { settleConditions, touchedBy, touchedByEither } from '../domain/step-conditions.ts';
import { stopReasonOf } from '../domain/stop-reason.ts';
import type { Db } from '../store/database.ts';
import { storeLoadedPipeline } from '../store/loaded-pipeline.ts';
import { pathsOfRun } from '../store/paths-of-run.ts';
import { endRun, type RunRow } from '../store/runs.ts';
import type { Engine, RunLog } from './engine.ts';
import type { Admitted } from './execute-run.ts';
import { isShuttingDown, type LeaseKeeper } from './lease-keeper.ts';
import { persist } from './persist.ts';

interface Loading {
  engine: Engine;
  admitted: Admitted;
  keeper: LeaseKeeper;
  log: RunLog;
}

/** Whether the steps of the run are in its repository, and nobody has read them yet. */
export function isToBeLoaded({ file, steps }: Pipeline): boolean {
  return file !== undefined && steps.length === 0;
}

/**
 * Reads the steps of a run from its repository and makes them the run's own: from here on it is as any other.
 * @returns how the run has ended where there are none, because the file is wrong or somebody has stopped it
 * @throws Fault `lease-lost`
 */
export async function loadPipeline(loading: Loading): Promise<Admitted | 'ended' | 'handed-over'> {
  const { admitted, keeper } = loading;
  try {
    const read = await readPatiently(loading);
    if ('problems' in read) return await fail(loading, read.problems);
    const pipeline = await settled(loading.engine.db, admitted.run, read.pipeline);
    const { engine, log } = loading;
    const steps = await persist(() => storeLoadedPipeline(engine.db, admitted.lease, pipeline), keeper.lost);
    for (const { file, sha256 } of pipeline.files ?? []) log.write(logName, `${file}: sha256 ${sha256}\n`);
    return { ...admitted, pipeline, steps };
  } catch (error) {
    if (isShuttingDown(keeper)) return 'handed-over';
    if (keeper.lost.aborted || (error instanceof Fault && error.code === 'lease-lost')) throw error;
    return end(loading, endByError(loading, error));
  }
}

/** What is written before there are steps stands in the log under this name. */
const logName = 'pipeline';
const mostRetries = 5;
const longestPauseMs = 15_000;

async function readPatiently({ engine, admitted, keeper, log }: Loading) {
  // Its parts have limits of their own: a first fetch may take long, and cut off it would leave nothing.
  const read = () => engine.readPipeline(admitted.run, keeper.stop);
  return await pRetry(read, {
    retries: mostRetries,
    minTimeout: 1_000,
    maxTimeout: longestPauseMs,
    signal: keeper.stop,
    shouldRetry: ({ error }) => error instanceof Fault && error.isRetryable,
    onFailedAttempt({ error, retriesLeft }) {
      if (retriesLeft > 0) log.write(logName, `${error.message}: trying again (${retriesLeft} left)\n`);
    },
  });
}

/** What the conditions of the steps ask of the change could not be known before the steps were. */
async function settled(db: Db, run: RunRow, pipeline: Pipeline): Promise<Pipeline> {
  const { cause } = run.definition as unknown as Pipeline;
  const { trigger = 'api', touched: known = {} } = cause ?? {};
  const changes = await pathsOfRun(db, run.id);
  const found = changes.map(({ paths, isComplete }) => touchedBy(pipeline, paths, isComplete));
  const [first, ...others] = found;
  const touched = first === undefined ? known : others.reduce(touchedByEither, first);
  const { branch, parameters } = run;
  return settleConditions(pipeline, { trigger, touched, branch, parameters });
}

async function fail(loading: Loading, problems: readonly Problem[]): Promise<'ended'> {
  const { log } = loading;
  for (const problem of problems) log.write(logName, `${renderProblem(problem, { color: false })}\n\n`);
  const [first] = problems;
  const place = first === undefined ? '' : `${first.file}:${first.line}:${first.column}: ${first.message}`;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more: see the log)` : '';
  return end(loading, { outcome: 'failed', reason: `${place}${more}` });
}

function endByError(
  { keeper, engine, admitted }: Loading,
  error: unknown,
): { outcome: Outcome; reason: string } {
  if (keeper.stop.aborted) {
    const stop = stopReasonOf(keeper.stop);
    if (stop.kind === 'cancelled' && stop.supersededBy !== undefined)
      return { outcome: 'superseded', reason: `superseded by #${stop.supersededBy}` };
    return { outcome: 'cancelled', reason: `cancelled by ${'by' in stop ? stop.by : stop.kind}` };
  }
  engine.logger.error({ err: error, runId: admitted.run.id }, 'the pipeline file of a run could not be read');
  const reason =
    error instanceof Fault ? error.message : 'a fault inside Trunkline; the server log has the details';
  return { outcome: 'errored', reason: `the pipeline file could not be read: ${reason}` };
}

async function end(
  { engine, admitted, keeper, log }: Loading,
  how: { outcome: Outcome; reason: string },
): Promise<'ended'> {
  const reason = engine.mask(how.reason);
  log.write(logName, `${how.outcome}: ${reason}\n`);
  await log.flush();
  await persist(() => endRun(engine.db, admitted.lease, { outcome: how.outcome, reason }), keeper.lost);
  return 'ended';
}
