import { matchedFolders, shortestFolders } from '../domain/matched-folders.ts';
import type { RunCause } from '../domain/pipeline.ts';
import { quietVerdict, withQuiet } from '../domain/quiet.ts';
import { revisionLabel } from '../domain/revision-label.ts';
import { touchedBy, touchedByEither } from '../domain/step-conditions.ts';
import type { Db } from '../store/database.ts';
import {
  endWaiting,
  quietBranches,
  takeWaiting,
  type WaitingBranch,
  type WaitingChange,
} from '../store/waiting-changes.ts';
import { readWatcher } from '../store/watchers.ts';
import { commitRun } from './commit-run.ts';
import { deliverStoredRun } from './deliver-stored-run.ts';
import { renamedFrom } from './make-runs.ts';
import { otherAuthors } from './other-authors.ts';
import type { RequestRunDependencies } from './request-run.ts';
import type { CatalogueEntry } from './watch.ts';

const batchSize = 50;

/**
 * Runs the newest change of every branch that has been quiet for as long as its pipeline asks. What waits and what becomes of
 * it change in one transaction, so there is one run however many servers look.
 */
export async function runQuietBranches(
  dependencies: RequestRunDependencies & { logger: QuietLog },
): Promise<QuietTurn> {
  const { db, findPipeline, logger } = dependencies;
  let failed = 0;
  for (let taken = batchSize; taken === batchSize; ) {
    // Those that failed come first again: they are the ones that wait for the longest.
    const branches = await quietBranches(db, { limit: batchSize, skip: failed });
    taken = branches.length;
    for (const branch of branches) {
      try {
        const entry = findPipeline(branch.pipeline);
        const runId = await db.transaction().execute((tx) => runNewest(dependencies, tx, { branch, entry }));
        if (runId !== undefined) await deliverStoredRun(dependencies, runId);
      } catch (error) {
        failed += 1;
        logger.error({ err: error, ...branch }, 'The run of a quiet branch not made; tried again soon');
      }
    }
  }
  return { failed };
}

export interface QuietTurn {
  /** Branches that wait still, because their run could not be made. */
  failed: number;
}

interface QuietLog {
  error(fields: object, message: string): void;
}

/** @returns a run that is new */
async function runNewest(
  { createRun }: RequestRunDependencies,
  tx: Db,
  { branch, entry }: { branch: WaitingBranch; entry: CatalogueEntry | undefined },
): Promise<string | undefined> {
  const waiting = await takeWaiting(tx, branch);
  const newest = waiting.at(-1);
  // Another server was first, or something came in between.
  if (newest === undefined || waiting.some(({ isEarly }) => isEarly)) return undefined;
  const gone = await whatIsGone(tx, branch, entry);
  if (gone !== undefined || entry === undefined) {
    for (const change of waiting) await drop(tx, { branch, gone: gone ?? 'pipeline' }, change);
    return undefined;
  }
  const { event_id: eventId, request: _, gitlab: __, ...row } = newest;
  const authors = waiting.map(({ author }) => author);
  const change = { ...row, committedAt: row.committed_at?.toISOString() ?? null };
  const { runId, created } = await createRun(tx, {
    ...commitRun({ change, eventId }, entry),
    touched: touchedByAll(entry, waiting),
    told: {
      paths: foldersOfAll(entry, waiting),
      ...renamedFrom({ happened: newest.happened, renamed: newest.renamed }),
      ...otherAuthors(newest.author, authors),
    },
  });
  const quietMs = entry.pipeline.on.commit?.quietMs ?? 0;
  for (const one of waiting) await collapse(tx, { branch, one, newest, quietMs, runId });
  return created ? runId : undefined;
}

function touchedByAll({ pipeline }: CatalogueEntry, waiting: readonly WaitingChange[]): RunCause['touched'] {
  return waiting
    .map(({ paths, path_count: count }) => touchedBy(pipeline, paths, paths.length === count))
    .reduce(touchedByEither);
}

function foldersOfAll({ pipeline }: CatalogueEntry, waiting: readonly WaitingChange[]): string[] {
  const { path: base } = pipeline.source;
  const folders = waiting.flatMap((change) =>
    change.path_count > change.paths.length ? [base] : matchedFolders(pipeline, change),
  );
  return shortestFolders(folders, base);
}

interface Collapse {
  branch: WaitingBranch;
  one: WaitingChange;
  newest: WaitingChange;
  quietMs: number;
  /** Of the newest. */
  runId: string;
}

async function collapse(tx: Db, { branch, one, newest, quietMs, runId }: Collapse): Promise<void> {
  const end = { changeId: one.id, pipeline: branch.pipeline };
  if (one === newest) {
    const filters = withQuiet(one.filters, quietVerdict(quietMs, 'nothing came'));
    return endWaiting(tx, { ...end, filters, runId, collapsedInto: null });
  }
  const came = quietVerdict(quietMs, `${revisionLabel(newest.revision)} came`, false);
  await endWaiting(tx, {
    ...end,
    filters: withQuiet(one.filters, came),
    runId: null,
    collapsedInto: runId,
  });
}

/** What there is no more to run: the pipeline's file was removed, or is of another repository now; or the repository is another one. */
async function whatIsGone(
  tx: Db,
  { repository, generation }: WaitingBranch,
  entry: CatalogueEntry | undefined,
): Promise<'pipeline' | 'repository' | undefined> {
  if (entry?.pipeline.source.repository !== repository) return 'pipeline';
  const watcher = await readWatcher(tx, repository);
  return watcher?.generation === generation ? undefined : 'repository';
}

async function drop(
  tx: Db,
  { branch: { pipeline }, gone }: { branch: WaitingBranch; gone: 'pipeline' | 'repository' },
  { id, filters }: WaitingChange,
): Promise<void> {
  const actual = gone === 'pipeline' ? 'removed while it waited' : 'replaced while it waited';
  const verdict = { filter: gone, expected: 'still there', actual, passed: false };
  const end = { changeId: id, pipeline, runId: null, collapsedInto: null };
  await endWaiting(tx, { ...end, filters: [...filters, verdict] });
}
