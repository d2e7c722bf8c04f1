import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Change } from '../domain/change.ts';
import type { Decision } from '../domain/decision.ts';
import { branchOfRef } from '../domain/git-names.ts';
import { decideMergeRequest, type MergeRequest, mergeRequestRefusal } from '../domain/merge-request.ts';
import type { GitSource } from '../scm/source-control.ts';
import { findRequestChange, insertChanges, insertDecisions, type NewDecision } from '../store/changes.ts';
import type { Db } from '../store/database.ts';
import { closeEvent, endEvent } from '../store/events.ts';
import type { StartEvent } from '../store/start-events.ts';
import { commitRun } from './commit-run.ts';
import { deliverStoredRun } from './deliver-stored-run.ts';
import { findCommit } from './find-commit.ts';
import { placeOf, type StartDependencies } from './start-run.ts';
import { unlessGone } from './unless-gone.ts';
import type { CatalogueEntry } from './watch.ts';

/** As `ToldNews` of a merge request is stored. */
export const mergeRequestBody = z.object({
  kind: z.literal('merge-request'),
  number: z.int(),
  action: z.string(),
  source: z.string(),
  target: z.string(),
  isFork: z.boolean(),
  revision: z.string(),
  by: z.string().nullable(),
});
type Told = z.output<typeof mergeRequestBody>;

export interface RequestDependencies extends StartDependencies {
  /** Every pipeline that the server knows at the time of the call. */
  catalogue(): readonly CatalogueEntry[];
}

/**
 * Decides every pipeline of the repository for the newest commit of a merge request, and makes the runs. The commit is found
 * on the request's own branch; what the webhook says of it is only a hint. A commit that was decided on for this request
 * before stays as it was decided.
 */
export async function startMergeRequest(
  dependencies: RequestDependencies,
  { event, told }: { event: StartEvent; told: Told },
  signal: AbortSignal,
): Promise<void> {
  const { db, catalogue, sourceControlOf } = dependencies;
  const refusal = mergeRequestRefusal(told);
  if (refusal !== null) return endEvent(db, event.id, { state: refusal.state, error: refusal.why });
  const { repository } = event;
  const entries = catalogue().filter(({ pipeline }) => pipeline.source.repository === repository);
  if (repository === null || entries.length === 0) return closeEvent(db, event.id);
  const scm = sourceControlOf(repository);
  if (scm.kind !== 'git') return closeEvent(db, event.id, `${repository} is no Git repository any more`);
  const branch = branchOfRef(`refs/heads/${told.source}`);
  const wish = { branch, revision: told.revision, source: { repository, path: '' }, layout: [] };
  const found = branch === null ? null : await findCommit(scm, wish, signal);
  if (found === null || 'problem' in found) {
    const why = found?.problem ?? `${told.source} is no branch`;
    return closeEvent(db, event.id, `merge request ${told.number}: ${why}`);
  }
  const request = { number: told.number, source: told.source, target: told.target };
  const { message, revision } = found.revision;
  const hasSource = await foldersIn(scm, { branch: found.branch, revision, entries }, signal);
  const decided = entries.map((entry): DecidedRequest => {
    const { pipeline } = entry;
    return {
      entry,
      ...decideMergeRequest(pipeline, { request, message }, hasSource.has(pipeline.source.path)),
    };
  });
  const runIds = await db.transaction().execute(async (tx) => {
    await closeEvent(tx, event.id);
    const place = await placeOf(tx, repository, found);
    return storeRequest(dependencies, tx, {
      change: { ...place, request, paths: [] },
      by: told.by ?? 'unknown',
      eventId: event.id,
      decided,
    });
  });
  await Promise.all(runIds.map((runId) => deliverStoredRun(dependencies, runId)));
}

interface DecidedRequest extends Decision {
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

interface StoredRequest {
  change: Change & { request: MergeRequest };
  by: string;
  eventId: string;
  decided: readonly DecidedRequest[];
}

/** @returns the runs that are new */
async function storeRequest(
  { createRun }: RequestDependencies,
  tx: Db,
  { change, by, eventId, decided }: StoredRequest,
): Promise<string[]> {
  if (await findRequestChange(tx, change)) return [];
  const id = randomUUID();
  await insertChanges(tx, [{ ...change, id, pathCount: 0, eventId }]);
  const runIds: string[] = [];
  const decisions: NewDecision[] = [];
  for (const { entry, verdict, filters } of decided) {
    const run =
      verdict === 'run'
        ? await createRun(tx, {
            ...commitRun({ change, eventId }, entry),
            trigger: 'merge-request',
            requestedBy: by,
            told: { request: change.request },
          })
        : null;
    if (run?.created) runIds.push(run.runId);
    decisions.push({ change_id: id, pipeline: entry.name, verdict, filters, run_id: run?.runId ?? null });
  }
  await insertDecisions(tx, decisions);
  return runIds;
}
