import type { Logger } from 'pino';
import type { BranchLayout } from '../domain/branch-layout.ts';
import { Fault } from '../domain/fault.ts';
import { toldOnward } from '../domain/told-onward.ts';
import type { RunRequest } from '../runs/create-run.ts';
import type { SourceControl } from '../scm/source-control.ts';
import type { Db } from '../store/database.ts';
import { closeEvent } from '../store/events.ts';
import { moveOfCommit, type RefsOwner } from '../store/git-refs.ts';
import type { RunRow } from '../store/runs.ts';
import { readWatcher } from '../store/watchers.ts';
import { deliverStoredRun } from './deliver-stored-run.ts';
import { findSource } from './find-source.ts';
import type { Refusal, RunSource } from './run-source.ts';
import type { CreateRun, DeliverRun } from './watch.ts';

export interface StartDependencies {
  db: Db;
  layoutOf(repository: string): BranchLayout;
  sourceControlOf(repository: string): SourceControl;
  createRun: CreateRun;
  deliverRun: DeliverRun;
  logger: Logger;
}

/** A run that is wanted, of a pipeline as it is now, because of an event that is stored. */
export interface Start
  extends Pick<
    RunRequest,
    'pipeline' | 'identity' | 'trigger' | 'requestedBy' | 'parameters' | 'upstreamId' | 'told'
  > {
  eventId: string;
}

export type StartReceipt =
  | { kind: 'created' | 'known'; runId: string }
  /** It cannot be; the event is closed as failed. */
  | ({ kind: 'refused' } & Refusal);

/**
 * Makes a run of a branch that people or schedules name: the revision is fixed now, and the pipeline's folder is known to
 * exist there before the run is made.
 * @throws Fault when the repository cannot be asked; the event is still open then
 */
export async function startRun(
  dependencies: StartDependencies,
  { branch, revision, ...start }: Start & { branch: string | null; revision: string | null },
  signal: AbortSignal,
): Promise<StartReceipt> {
  const { source } = start.pipeline.pipeline;
  const scm = dependencies.sourceControlOf(source.repository);
  const layout = dependencies.layoutOf(source.repository);
  const found = await findSource(scm, { branch, revision, source, layout }, signal).catch(
    (error: unknown) => {
      throw named(source.repository, error);
    },
  );
  if ('branch' in found) return startAt(dependencies, start, (tx) => placeOf(tx, source.repository, found));
  await closeEvent(dependencies.db, start.eventId, found.problem);
  return { kind: 'refused', ...found };
}

/** Whoever asks for a run names its pipeline, and need not know which repository that has, nor where it is. */
function named(repository: string, error: unknown): unknown {
  if (!(error instanceof Fault) || error.message.includes(repository)) return error;
  const { code, message, hint, isRetryable } = error;
  return new Fault(code, `Cannot ask repository '${repository}': ${message}`, {
    ...{ cause: error, isRetryable },
    ...(hint !== undefined && { hint }),
  });
}

/** Where a run stands in the history of its repository. */
export type RunPlace = Pick<
  RunRequest,
  'repository' | 'generation' | 'branch' | 'move' | 'revision' | 'author' | 'committedAt' | 'message' | 'told'
>;

/**
 * Of a run that another one of the same repository makes. A tree of a merge request stays one, for all that must not trust it:
 * where its pipeline file is read, and what secrets it gets.
 */
export function placeOfRun(run: RunRow): RunPlace {
  const { repository, generation, branch, move, revision, author, message } = run;
  return {
    ...{ repository, generation, branch, move, revision, author, message },
    committedAt: run.committed_at?.toISOString() ?? null,
    told: toldOnward(run),
  };
}

/** Makes a run at a place that is known, and closes its event. */
export async function startAt(
  dependencies: StartDependencies,
  start: Start,
  findPlace: (tx: Db) => Promise<RunPlace>,
): Promise<StartReceipt> {
  const { db, createRun } = dependencies;
  const { runId, created } = await db.transaction().execute(async (tx) => {
    await closeEvent(tx, start.eventId);
    const place = await findPlace(tx);
    return createRun(tx, { ...start, ...place, told: { ...start.told, ...place.told } });
  });
  if (!created) return { kind: 'known', runId };
  await deliverStoredRun(dependencies, runId);
  return { kind: 'created', runId };
}

/** Where what was found stands in the history of its repository. */
export async function placeOf(tx: Db, repository: string, found: RunSource): Promise<RunPlace> {
  const { branch, lastChanged, revision: facts } = found;
  const { revision, author, committedAt, message } = facts;
  const generation = (await readWatcher(tx, repository))?.generation ?? 1;
  const move = await moveOf(tx, { repository, generation }, found);
  const told = lastChanged === undefined || lastChanged === revision ? {} : { lastChanged };
  return { repository, generation, branch, move, revision, author, committedAt, message, told };
}

/** Where the revision stands in the order of its branch's moves. */
async function moveOf(
  tx: Db,
  origin: RefsOwner,
  { branch, revision: { revision }, tip }: RunSource,
): Promise<number> {
  return tip === null ? Number(revision) : moveOfCommit(tx, origin, { branch, revision, ...tip });
}
