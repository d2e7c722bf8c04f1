import { z } from 'zod';
import { Fault } from '../domain/fault.ts';
import { makersOnward } from '../domain/told-onward.ts';
import { closeEvent } from '../store/events.ts';
import { readRun } from '../store/runs.ts';
import { postponeEvent, type StartEvent } from '../store/start-events.ts';
import type { UpstreamBody } from './follow-runs.ts';
import type { TickBody } from './pass-schedules.ts';
import { backoffMs } from './poll-schedule.ts';
import type { RequestRunDependencies } from './request-run.ts';
import { gitlabPipelineBody, startGitlabPipeline } from './start-gitlab-pipeline.ts';
import { mergeRequestBody, startMergeRequest } from './start-merge-request.ts';
import { placeOfRun, startAt, startRun } from './start-run.ts';
import type { ToldDependencies } from './start-told-commit.ts';
import { startTriggered, triggeredBody } from './start-triggered.ts';
import type { CatalogueEntry } from './watch.ts';

/** As `TickBody`, `UpstreamBody` or the news of a merge request or of a pipeline of GitLab. */
const bodySchema = z.union([
  mergeRequestBody,
  gitlabPipelineBody,
  triggeredBody,
  z.object({
    pipeline: z.string(),
    upstream: z.object({ run: z.string(), pipeline: z.string(), number: z.int(), outcome: z.string() }),
  }) satisfies z.ZodType<UpstreamBody>,
  z.object({
    pipeline: z.string(),
    tick: z.string(),
    branch: z.string().nullable(),
  }) satisfies z.ZodType<TickBody>,
]);

/** The first copy of a large repository takes its time; what stalls is given up earlier, by each question to it. */
const askMs = 3 * 3_600_000;

/** How long a repository may be away before what was to run is given up. */
const patienceMs = 3_600_000;

export interface StartEventDependencies extends RequestRunDependencies, ToldDependencies {
  /** Tells a run that waits that there is news for it. Never throws. */
  wakeRun(runId: string): Promise<void>;
}

/** Makes the runs that a schedule, an ended run, a merge request or the end of GitLab's pipeline wants. What cannot be made now, because a repository is away, is tried again. */
export async function handleStart(
  dependencies: StartEventDependencies,
  event: StartEvent,
  signal: AbortSignal,
): Promise<void> {
  const { db, logger } = dependencies;
  try {
    await start(dependencies, event, AbortSignal.any([signal, AbortSignal.timeout(askMs)]));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isGivenUp = isHopeless(error, event, signal);
    logger.warn({ err: error, event: event.id, isGivenUp }, 'A run not started');
    if (isGivenUp) return closeEvent(db, event.id, message);
    const inMs = signal.aborted ? 0 : backoffMs(event.attempts, Math.random());
    await postponeEvent(db, event.id, { inMs, error: message });
  }
}

/** A server that stops leaves what it has not done to the next one, however old that is. */
function isHopeless(error: unknown, event: StartEvent, { aborted }: AbortSignal): boolean {
  if (error instanceof Fault && !error.isRetryable) return true;
  return !aborted && Date.now() - event.received_at.getTime() > patienceMs;
}

async function start(
  dependencies: StartEventDependencies,
  event: StartEvent,
  signal: AbortSignal,
): Promise<void> {
  const body = bodySchema.parse(event.body);
  if ('kind' in body) {
    return body.kind === 'merge-request'
      ? startMergeRequest(dependencies, { event, told: body }, signal)
      : startGitlabPipeline(dependencies, { event, told: body }, signal);
  }
  if ('triggeredBy' in body) {
    try {
      await startTriggered(dependencies, { event, wish: body }, signal);
    } finally {
      await dependencies.wakeRun(body.triggeredBy.run);
    }
    return;
  }
  const entry = dependencies.findPipeline(body.pipeline);
  if (entry === undefined) {
    await closeEvent(dependencies.db, event.id, `there is no pipeline ${body.pipeline} any more`);
    return;
  }
  const wanted = { pipeline: entry, identity: event.delivery_key, parameters: {}, eventId: event.id };
  if ('tick' in body) {
    const cause = { trigger: 'schedule', requestedBy: body.tick } as const;
    await startRun(dependencies, { ...wanted, ...cause, branch: body.branch, revision: null }, signal);
    return;
  }
  await startAfter(dependencies, { ...wanted, upstream: body.upstream }, signal);
}

interface Downstream {
  pipeline: CatalogueEntry;
  identity: string | null;
  parameters: Record<string, never>;
  eventId: string;
  upstream: UpstreamBody['upstream'];
}

/** In the same repository the run is of the same revision as the one before it; elsewhere of the newest. */
async function startAfter(
  dependencies: StartEventDependencies,
  { upstream, ...wanted }: Downstream,
  signal: AbortSignal,
): Promise<void> {
  const { pipeline, number, run: upstreamId } = upstream;
  const cause = { trigger: 'pipeline', requestedBy: `${pipeline} #${number}` } as const;
  const run = await readRun(dependencies.db, upstreamId);
  if (run === undefined) {
    await closeEvent(dependencies.db, wanted.eventId, `${pipeline} #${number} is not on record any more`);
    return;
  }
  const start = { ...wanted, ...cause, upstreamId };
  if (run.repository !== wanted.pipeline.pipeline.source.repository) {
    await startRun(dependencies, { ...start, told: makersOnward(run), branch: null, revision: null }, signal);
    return;
  }
  await startAt(dependencies, start, async () => placeOfRun(run));
}
