import { randomUUID } from 'node:crypto';
import type { PipelinesWanted } from '../config/awaited-pipelines.ts';
import type { Change } from '../domain/change.ts';
import type { Decision } from '../domain/decision.ts';
import { Fault } from '../domain/fault.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { GitSource } from '../scm/source-control.ts';
import { findToldChange, insertChanges, insertDecisions, type NewDecision } from '../store/changes.ts';
import type { Db } from '../store/database.ts';
import { closeEvent } from '../store/events.ts';
import type { StartEvent } from '../store/start-events.ts';
import { commitRun } from './commit-run.ts';
import { deliverStoredRun } from './deliver-stored-run.ts';
import { findCommit, findRequestCommit } from './find-commit.ts';
import { replicaPatienceMs } from './hidden-pushes.ts';
import { placeOf, type StartDependencies } from './start-run.ts';
import { unlessGone } from './unless-gone.ts';
import type { CatalogueEntry } from './watch.ts';

export interface ToldDependencies extends StartDependencies {
  /** Every pipeline that the server knows at the time of the call. */
  catalogue(wanted?: PipelinesWanted): readonly CatalogueEntry[];
  /** For how long a commit that its server does not show is looked for again: a replica may lag behind. Default 60 s. */
  replicaPatienceMs?: number;
}

/** A commit that a Git server tells something of, beyond a move of its branch. */
export interface ToldCommit {
  event: StartEvent;
  /** Such as `merge request 7`, for messages. */
  what: string;
  branch: string | null;
  revision: string;
  /** The account that did it, where the server vouches for it. */
  by: string | null;
  trigger: 'merge-request' | 'gitlab-pipeline';
  /** Why nothing is even looked for, whatever each pipeline says; null: it is. Absent: it always is. */
  refusal?(pipelines: readonly Pipeline[]): string | null;
  /** What is told of it. */
  told: Pick<Change, 'request' | 'gitlab'>;
  decide(pipeline: Pipeline, change: Pick<Change, 'branch' | 'message'>, hasSource: boolean): Decision;
}

/**
 * Decides every pipeline of the repository for a commit, and makes the runs. The commit is looked for on its branch; what
 * the webhook says of it is only a hint. What was decided on before stays as it was decided.
 */
export async function startToldCommit(
  dependencies: ToldDependencies,
  { event, ...wanted }: ToldCommit,
  signal: AbortSignal,
): Promise<void> {
  const { db, catalogue, sourceControlOf } = dependencies;
  const { repository } = event;
  if (repository === null) return closeEvent(db, event.id);
  const entries = catalogue({ repository }).filter(
    ({ pipeline }) => pipeline.source.repository === repository,
  );
  if (entries.length === 0) return closeEvent(db, event.id);
  const refusal = wanted.refusal?.(entries.map(({ pipeline }) => pipeline)) ?? null;
  if (refusal !== null) return closeEvent(db, event.id, refusal);
  const scm = sourceControlOf(repository);
  if (scm.kind !== 'git') return closeEvent(db, event.id, `${repository} is no Git repository any more`);
  const { branch } = wanted;
  const wish = { branch, revision: wanted.revision, source: { repository, path: '' }, layout: [] };
  const find = wanted.told.request?.isFork ? findRequestCommit : findCommit;
  const found = branch === null ? null : await find(scm, { ...wish, branch }, signal);
  if (found === null || 'problem' in found) {
    const why = `${wanted.what}: ${found?.problem ?? 'it is of no branch'}`;
    if (found !== null) waitForReplica(dependencies, event, why);
    return closeEvent(db, event.id, why);
  }
  const { message, revision } = found.revision;
  const hasSource = await foldersIn(scm, { branch: found.branch, revision, entries }, signal);
  const decided = entries.map((entry): DecidedCommit => {
    const isThere = hasSource.has(entry.pipeline.source.path);
    return { entry, ...wanted.decide(entry.pipeline, { branch: found.branch, message }, isThere) };
  });
  const runIds = await db.transaction().execute(async (tx) => {
    await closeEvent(tx, event.id);
    const change = { ...(await placeOf(tx, repository, found)), ...wanted.told, paths: [] };
    return storeDecided(dependencies, tx, { ...wanted, change, eventId: event.id, decided });
  });
  await Promise.all(runIds.map((runId) => deliverStoredRun(dependencies, runId)));
}

/** @throws Fault, retryable, while the commit may still come: a replica shows what its master has told of a little later */
function waitForReplica(
  { replicaPatienceMs: patienceMs = replicaPatienceMs }: ToldDependencies,
  { received_at }: StartEvent,
  why: string,
): void {
  if (Date.now() - received_at.getTime() >= patienceMs) return;
  throw new Fault('scm-gone', why, { hint: 'It is looked for again for a minute.' });
}

interface DecidedCommit extends Decision {
  entry: CatalogueEntry;
}

/** Which of the pipelines' folders are there. */
async function foldersIn(
  scm: GitSource,
  { branch, revision, entries }: { branch: string; revision: string; entries: readonly CatalogueEntry[] },
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const paths = new Set(entries.map(({ pipeline }) => pipeline.source.path));
  const there = new Set(['']);
  for (const path of paths) {
    const folder = path === '' ? undefined : await unlessGone(scm.list({ branch, path, revision }, signal));
    if (folder !== undefined) there.add(path);
  }
  return there;
}

interface DecidedChange extends Pick<ToldCommit, 'by' | 'trigger'> {
  change: Change;
  eventId: string;
  decided: readonly DecidedCommit[];
}

/** @returns the runs that are new */
async function storeDecided(
  { createRun }: ToldDependencies,
  tx: Db,
  { change, by, trigger, eventId, decided }: DecidedChange,
): Promise<string[]> {
  if (await findToldChange(tx, change)) return [];
  const id = randomUUID();
  await insertChanges(tx, [{ ...change, id, pathCount: 0, eventId }]);
  const told = change.request === undefined ? {} : { request: change.request };
  const runIds: string[] = [];
  const decisions: NewDecision[] = [];
  for (const { entry, verdict, filters } of decided) {
    const wanted = { ...commitRun({ change, eventId }, entry), trigger, requestedBy: by ?? 'unknown', told };
    const run = verdict === 'run' ? await createRun(tx, wanted) : null;
    if (run?.created) runIds.push(run.runId);
    decisions.push({ change_id: id, pipeline: entry.name, verdict, filters, run_id: run?.runId ?? null });
  }
  await insertDecisions(tx, decisions);
  return runIds;
}
