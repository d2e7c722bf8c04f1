import { randomUUID } from 'node:crypto';
import type { Outcome } from '../domain/outcome.ts';
import { pathFilter } from '../domain/path-filter.ts';
import type { PipelineTrigger } from '../domain/triggers.ts';
import type { Db, Store } from '../store/database.ts';
import { storeEvent } from '../store/events.ts';
import { areEndedRunsWaiting, type EndedRun, takeEndedRuns } from '../store/followed-runs.ts';
import type { CatalogueEntry } from './watch.ts';

/** What the event of an ended run says. */
export interface UpstreamBody {
  pipeline: string;
  upstream: { run: string; pipeline: string; number: number; outcome: string };
}

const batchSize = 50;
/** What puts back or carries on what a run has made starts nothing of its own. */
const startsNothing: readonly EndedRun['trigger'][] = ['rollback', 'correction', 'promotion'];

export interface Followers {
  catalogue(): readonly CatalogueEntry[];
  /** What has ended of these waits: the pipelines after them are not all read yet. */
  awaitedAfter(): readonly string[];
}

/**
 * Stores an event for every pipeline that is to run after a run that has ended. The mark on that run and the events are one
 * transaction, so each run counts once.
 */
export async function followEndedRuns(
  { store: { db }, wakeRun }: { store: Pick<Store, 'db'>; wakeRun(runId: string): Promise<void> },
  { catalogue, awaitedAfter }: Followers,
): Promise<void> {
  if (!(await areEndedRunsWaiting(db, awaitedAfter()))) return;
  for (let taken = batchSize; taken === batchSize; ) {
    const ended = await db.transaction().execute(async (tx) => {
      const ended = await takeEndedRuns(tx, { limit: batchSize, exceptOf: awaitedAfter() });
      const followers = catalogue().filter(({ pipeline }) => pipeline.on.pipeline !== null);
      for (const run of ended) await followRun(tx, run, followers);
      return ended;
    });
    taken = ended.length;
    for (const { upstream_id } of ended) if (upstream_id !== null) await wakeRun(upstream_id);
  }
}

async function followRun(tx: Db, run: EndedRun, followers: readonly CatalogueEntry[]): Promise<void> {
  const { id, pipeline, number, outcome } = run;
  // What strangers have had run must not set off what has more rights.
  if (run.told.request?.isFork === true) return;
  if (outcome === null || startsNothing.includes(run.trigger)) return;
  for (const entry of followers) {
    const trigger = entry.pipeline.on.pipeline;
    if (trigger === null || !isAfter(trigger, run, outcome)) continue;
    const upstream = { run: id, pipeline, number, outcome };
    const body: UpstreamBody = { pipeline: entry.name, upstream };
    await storeEvent(tx, {
      id: randomUUID(),
      source: 'pipeline',
      repository: entry.pipeline.source.repository,
      deliveryKey: JSON.stringify(['pipeline', entry.name, id]),
      remote: null,
      headers: {},
      body: { ...body },
      revision: null,
      state: 'received',
    });
  }
}

function isAfter({ name, on, branches }: PipelineTrigger, run: EndedRun, outcome: Outcome): boolean {
  return name === run.pipeline && meant[on](outcome) && pathFilter(branches).matches(run.branch);
}

const meant: Readonly<Record<PipelineTrigger['on'], (outcome: Outcome) => boolean>> = {
  succeeded: (outcome) => outcome === 'succeeded',
  failed: (outcome) => !['succeeded', 'cancelled', 'superseded'].includes(outcome),
  ended: (outcome) => outcome !== 'superseded',
};
