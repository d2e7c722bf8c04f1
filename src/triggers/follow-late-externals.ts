import { randomUUID } from 'node:crypto';
import { branchFolder } from '../domain/branch-layout.ts';
import type { Change, Revision } from '../domain/change.ts';
import { changesThroughExternals, isDeletedBy } from '../domain/external-use.ts';
import { insertDecisions } from '../store/changes.ts';
import type { Db } from '../store/database.ts';
import { storeEvent } from '../store/events.ts';
import {
  dropLateUse,
  endLateUse,
  type LateUse,
  lateExternalUses,
  reopenChange,
} from '../store/late-externals.ts';
import { announceWaiting } from '../store/waiting-changes.ts';
import { collapseToLatest } from './collapse-to-latest.ts';
import { type DecidedChange, decideChange, markedBy } from './decide-revision.ts';
import { deliverStoredRun } from './deliver-stored-run.ts';
import { withoutImpliedFolders } from './implied-folders.ts';
import { type AttributedChange, makeRuns } from './make-runs.ts';
import { existenceIn, withPropertyNames } from './revision-facts.ts';
import type { SubversionWatch } from './watch.ts';

/** Revisions asked for in one request. */
const chunkSize = 500;

interface Late {
  uses: readonly LateUse[];
  /** Of trees that went in what was read again. */
  gone: Set<LateUse>;
  changes: DecidedChange[];
}

/**
 * What `svn:externals` bring into a tree is known when its run fetches it, which may have waited for long: what was committed
 * to an external in the meantime was decided on without it, and is decided on once more for that pipeline.
 */
export async function followLateExternals(
  watch: SubversionWatch,
  { generation, cursor }: { generation: number; cursor: number },
  signal: AbortSignal,
): Promise<void> {
  const uses = await lateExternalUses(watch.db, { repository: watch.repository.name, generation });
  if (uses.length === 0) return;
  const late: Late = { uses, gone: new Set(), changes: [] };
  const first = Math.min(...uses.filter(hasFloating).map((use) => use.unfollowed_since + 1));
  for (let from = first; from <= cursor; from += chunkSize) {
    const chunk = { from, to: Math.min(from + chunkSize - 1, cursor) };
    for await (const revision of watch.scm.revisions(chunk, signal))
      await decideAgain(watch, { late, revision }, signal);
  }
  const runIds = await watch.db.transaction().execute((tx) => storeLate(watch, tx, late));
  await Promise.all(runIds.map((runId) => deliverStoredRun(watch, runId)));
}

function hasFloating({ externals }: LateUse): boolean {
  return externals.some(({ isFloating }) => isFloating);
}

async function decideAgain(
  watch: SubversionWatch,
  { late, revision: read }: { late: Late; revision: Revision },
  signal: AbortSignal,
): Promise<void> {
  const { layout, ownUser } = watch;
  const move = Number(read.revision);
  const meant = late.uses.filter((use) => use.unfollowed_since < move && !late.gone.has(use));
  const rootUrl = watch.scm.urlOf({ path: '', revision: '0' }).replace(/@0$/, '');
  for (const use of meant) {
    if (isDeletedBy({ path: use.path, branch: branchFolder(layout, use.branch) }, read.paths)) {
      late.gone.add(use);
      continue;
    }
    const entry = watch.findPipeline(use.pipeline);
    const isTouched = changesThroughExternals(use, { rootUrl, paths: read.paths }).length > 0;
    if (!isTouched || entry?.pipeline.source.repository !== use.repository) continue;
    const revision = withoutImpliedFolders(await withPropertyNames(watch, read, signal), layout);
    const paths = changesThroughExternals(use, { rootUrl, paths: revision.paths });
    const change = changeOf(revision, { use, paths });
    const exists = await existenceIn(watch, { change, entries: [entry] }, signal);
    late.changes.push(decideChange(change, [entry], { exists, ownUser }));
  }
}

function changeOf(read: Revision, { use, paths }: { use: LateUse; paths: Change['paths'] }): Change {
  const { repository, generation, branch } = use;
  const { revision, author, committedAt, message } = read;
  const place = { repository, generation, branch, move: Number(revision), revision };
  return { ...place, author, committedAt, message, paths, ...markedBy(read) };
}

async function storeLate(
  { createRun }: SubversionWatch,
  tx: Db,
  { uses, gone, changes }: Late,
): Promise<string[]> {
  for (const use of uses) await (gone.has(use) ? dropLateUse(tx, use) : endLateUse(tx, use));
  if (changes.length === 0) return [];
  const eventId = await storeFound(tx, changes);
  const open: AttributedChange[] = [];
  for (const decided of changes) {
    const [decision] = decided.decisions;
    const stored = { ...decided.change, id: decided.id, pathCount: decided.pathCount, eventId };
    const id = decision && (await reopenChange(tx, stored, decision.entry.name));
    if (id !== undefined) open.push({ ...decided, id, eventId });
  }
  const collapsed = collapseToLatest(open).map((decided) => ({ ...decided, eventId }));
  const { runIds, decisions } = await makeRuns(tx, collapsed, createRun);
  await insertDecisions(tx, decisions);
  if (decisions.some(({ verdict }) => verdict === 'wait')) await announceWaiting(tx);
  return runIds;
}

async function storeFound(tx: Db, changes: readonly DecidedChange[]): Promise<string> {
  const found = [...new Set(changes.map(({ change }) => change.revision))];
  const { eventId } = await storeEvent(tx, {
    id: randomUUID(),
    source: 'poll',
    repository: changes[0]?.change.repository ?? null,
    deliveryKey: null,
    remote: null,
    headers: {},
    body: { found, late: 'svn:externals' },
    revision: found.at(-1) ?? null,
    state: 'handled',
  });
  return eventId;
}
