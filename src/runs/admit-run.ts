import { beginsMore } from '../domain/left-to-do.ts';
import type { StepOutcome } from '../domain/outcome.ts';
import type { Concurrency, Pipeline } from '../domain/pipeline.ts';
import { readApprovalJournal } from '../steps/approve-step.ts';
import { readDecisions } from '../store/approvals.ts';
import { type Beginner, type Begun, type BegunRun, beginOneAlone } from '../store/begin-alone.ts';
import { readClock } from '../store/clock-put-back.ts';
import type { Db } from '../store/database.ts';
import { acquireLease, lockLeaseOf } from '../store/leases.ts';
import { beginRun, lockGroupOf, openRunsOfGroup } from '../store/run-queueing.ts';
import { endQueuedRun, type RunRow, readSteps } from '../store/runs.ts';
import { isOfEarlierMove } from '../store/superseding.ts';

export type Admission =
  | ({ kind: 'admitted'; pipeline: Pipeline } & BegunRun)
  /** Other runs of its concurrency group work, and the end of one delivers this one again; or it waits for news. */
  | { kind: 'waiting' }
  | { kind: 'superseded' }
  | { kind: 'ended' }
  /** It asks for labels that this worker has not. */
  | { kind: 'elsewhere' }
  /** Another worker holds the lease. */
  | { kind: 'held' };

interface Request extends Beginner {
  runId: string;
}

/**
 * Decides whether this worker may execute a run now, and takes its lease if so.
 * @param begun what came of the attempt to begin it without a look at others; absent: not tried
 */
export async function admitRun(db: Db, request: Request, begun?: Begun): Promise<Admission> {
  const known = begun ?? (await beginOneAlone(db, request.runId, request));
  return known?.begun
    ? { kind: 'admitted', ...known.begun, pipeline: pipelineOf(known.begun.run) }
    : admitAmongOthers(db, request);
}

function pipelineOf(run: RunRow): Pipeline {
  return run.definition as unknown as Pipeline;
}

/** In one transaction, under the lock of its group. */
async function admitAmongOthers(db: Db, request: Request): Promise<Admission> {
  return db.transaction().execute(async (tx) => {
    await lockGroupOf(tx, request.runId);
    await lockLeaseOf(tx, request.runId);
    const run = await tx
      .selectFrom('run')
      .selectAll()
      .where('id', '=', request.runId)
      .forUpdate()
      .executeTakeFirst();
    if (run === undefined || run.state === 'ended') return { kind: 'ended' };
    if (!run.runs_on.every((label) => request.labels.includes(label))) return { kind: 'elsewhere' };
    const pipeline = pipelineOf(run);
    const place = await placeOf(tx, run, pipeline);
    if (place !== 'free') return { kind: place };
    const lease = await acquireLease(tx, request);
    if (lease === null) return { kind: 'held' };
    await beginRun(tx, run.id);
    const steps = await readSteps(tx, run.id);
    return { kind: 'admitted', lease, run, pipeline, steps, attempts: new Map() };
  });
}

/** A run that has waited for news gave its place in the group away, and needs one again; but not to end. */
async function placeOf(tx: Db, run: RunRow, { concurrency }: Pipeline): Promise<Place> {
  if (run.state === 'queued') return placeInGroup(tx, run, concurrency);
  if (run.state !== 'waiting') return 'free';
  if (run.cancel_requested_at !== null) return 'free';
  if (run.wake_at !== null && run.wake_at.getTime() > (await readClock(tx))) return 'waiting';
  if (await onlyEnds(tx, run)) return 'free';
  return placeInGroup(tx, run, concurrency);
}

/** Whether what it waited for ends it, by a rejection or because it is too late, and nothing is to be done after. */
async function onlyEnds(tx: Db, run: RunRow): Promise<boolean> {
  const steps = await readSteps(tx, run.id);
  const decisions = await readDecisions(tx, run.id);
  const now = await readClock(tx);
  const ends = new Map<string, StepOutcome>();
  for (const { id, journal } of steps.filter(({ state }) => state === 'waiting')) {
    const asked = readApprovalJournal(journal);
    const verdicts = decisions
      .filter(({ step_id, subject }) => step_id === id && subject === asked?.fingerprint)
      .map(({ verdict }) => verdict);
    if (verdicts.includes('rejected')) ends.set(id, 'rejected');
    else if (verdicts.length > 0) return false;
    else if (asked !== undefined && Date.parse(asked.until) <= now) ends.set(id, 'timed-out');
  }
  const statuses = new Map(steps.map(({ id, state, outcome }) => [id, { state, outcome }]));
  return ends.size > 0 && !beginsMore(pipelineOf(run).steps, statuses, ends);
}

type Place = 'free' | 'waiting' | 'superseded';

/**
 * So many runs of a group work at a time as its limit says. `fifo`: the others wait in order. `latest`: only the
 * newest waits, and supersedes the older ones that have not begun, but for those of a later move of its branch; so it is
 * where newer runs end those that work, or one that begins only now would go on in front of them.
 */
async function placeInGroup(
  tx: Db,
  run: RunRow,
  { queue, limit = 1, cancelInProgress }: Concurrency,
): Promise<Place> {
  const others = (await openRunsOfGroup(tx, run.concurrency_group)).filter((other) => other.id !== run.id);
  const free = limit - others.filter((other) => other.state === 'running').length;
  if (queue === 'fifo' && !cancelInProgress) {
    const before = others.filter((other) => other.isReady && other.number < run.number);
    return before.length < free ? 'free' : 'waiting';
  }
  const queued = others.filter((other) => other.state === 'queued');
  const newer = queued.filter((other) => other.number > run.number && !isOfEarlierMove(other, run));
  const newest = newer.at(-1);
  if (run.state === 'queued' && newest !== undefined && newer.length >= free) {
    await endQueuedRun(tx, run.id, { outcome: 'superseded', reason: `superseded by #${newest.number}` });
    return 'superseded';
  }
  if (free < 1) return 'waiting';
  const older = queued.filter((other) => other.number < run.number && !isOfEarlierMove(run, other));
  const roomForOlder = Math.max(0, free - 1 - newer.length);
  for (const { id } of older.slice(0, older.length - roomForOlder)) {
    await endQueuedRun(tx, id, { outcome: 'superseded', reason: `superseded by #${run.number}` });
  }
  return 'free';
}
