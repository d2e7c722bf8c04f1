import { Fault } from '../domain/fault.ts';
import type { JsonObject } from '../domain/json.ts';
import { cancelRequestOf, releaseLease } from '../store/leases.ts';
import { recordExternals } from '../store/run-externals.ts';
import { isWoken } from '../store/waiting-runs.ts';
import { admitRun } from './admit-run.ts';
import { deliverNextOfGroup, redeliverRun } from './deliver-run.ts';
import type { Engine } from './engine.ts';
import { type Admitted, type Execution, type ExecutionEnd, executeRun } from './execute-run.ts';
import { keepLease, type LeaseKeeper } from './lease-keeper.ts';
import { persist } from './persist.ts';
import type { QueueWorker } from './run-queue.ts';
import { takeTurns } from './take-turns.ts';

/** Takes runs from the queue and executes them. */
export interface RunWorker {
  /**
   * A run that this process has just stored: begun at once when a place is free, which saves its way through the
   * queue. Should this process die now, the reconciler of another one delivers it.
   * @returns whether it is begun; else it needs a job
   */
  offer(runId: string): boolean;
  /** Runs in hand now. */
  activeRuns(): string[];
  isDraining(): boolean;
  /** Somebody cancelled this run; a no-op for runs of other workers. */
  noticeCancel(runId: string): void;
  /** Takes nothing new, begins no further step; resolves when the steps in hand have ended and the rest is handed over. */
  drain(): Promise<void>;
  /** Stops every step at once, without further effects; another worker continues them. */
  shutDown(): Promise<void>;
}

export function startRunWorker(engine: Engine, concurrency: number): RunWorker {
  const draining = new AbortController();
  const keepers = new Map<string, LeaseKeeper>();
  const inHand = new Set<Promise<unknown>>();
  /** Jobs that the queue still gave out after the drain had begun: they are for somebody else. */
  const refused = new Set<string>();

  const hands = { keepers, draining: draining.signal };
  const turns = takeTurns(engine.db, engine.labels);

  async function hold(work: Promise<unknown>): Promise<void> {
    inHand.add(work);
    await work.finally(() => inHand.delete(work));
  }

  /** One job of the queue is the permission to work on one run, whichever has its turn. */
  async function serveJob(runId: string): Promise<void> {
    while (inHand.size >= concurrency) await Promise.race(inHand);
    if (draining.signal.aborted) refused.add(runId);
    else await hold(takeTurn(runId));
  }

  async function takeTurn(jobOf: string | null): Promise<void> {
    try {
      await turns.take(jobOf, (runId, onBegun) => executeDelivery(engine, runId, { ...hands, onBegun }));
    } catch (error) {
      engine.logger.error({ err: error, runId: jobOf }, 'could not choose a run; it will be delivered again');
    }
  }

  async function stopTaking(): Promise<void> {
    draining.abort();
    await Promise.all([queueWorker.close(), ...inHand]);
    for (const runId of refused) {
      refused.delete(runId);
      await redeliverRun(engine.db, engine.queue, runId).catch((error: unknown) =>
        engine.logger.warn({ err: error, runId }, 'could not give a run back; the reconciler delivers it'),
      );
    }
  }

  const queueWorker: QueueWorker = engine.queue.work(serveJob, concurrency);
  return {
    offer(runId) {
      if (inHand.size >= concurrency || draining.signal.aborted) return false;
      void hold(executeDelivery(engine, runId, { ...hands, onBegun: () => undefined }));
      return true;
    },
    activeRuns: () => [...keepers.keys()],
    isDraining: () => draining.signal.aborted,
    noticeCancel: (runId) => keepers.get(runId)?.lookNow(),
    async drain() {
      await stopTaking();
    },
    async shutDown() {
      const stopped = stopTaking();
      for (const keeper of keepers.values()) keeper.shutDown();
      await stopped;
    },
  };
}

interface Hands {
  keepers: Map<string, LeaseKeeper>;
  draining: AbortSignal;
  /** The database has it as a run that works. */
  onBegun(): void;
}

/**
 * Whatever goes wrong, the run stays in the database and the reconciler sees it.
 * @returns whether the run was this worker's to begin
 */
async function executeDelivery(engine: Engine, runId: string, hands: Hands): Promise<boolean> {
  const logger = engine.logger.child({ runId });
  try {
    const admission = await admitRun(engine.db, { runId, owner: engine.owner, ttlMs: engine.leaseTtlMs });
    if (admission.kind !== 'admitted') {
      logger.debug({ admission: admission.kind }, 'run not admitted');
      return false;
    }
    hands.onBegun();
    const end = await workOn(engine, admission, hands);
    logger.info({ end }, 'run left');
    await releaseLease(engine.db, admission.lease);
    const isToGoOn = end === 'handed-over' || (end === 'waiting' && (await isWoken(engine.db, runId)));
    if (isToGoOn) await redeliverRun(engine.db, engine.queue, runId);
    if (end !== 'handed-over')
      await deliverNextOfGroup(engine.db, engine.queue, admission.run.concurrency_group);
  } catch (error) {
    if (error instanceof Fault && error.code === 'lease-lost')
      logger.warn('lost the lease: another worker continues the run');
    else logger.error({ err: error }, 'the execution of a run broke off; it will be delivered again');
  }
  return true;
}

async function workOn(engine: Engine, admitted: Admitted, hands: Hands): Promise<ExecutionEnd> {
  const { run, lease, pipeline } = admitted;
  await using keeper = keepLease(engine.db, lease, {
    ttlMs: engine.leaseTtlMs,
    cancel: cancelRequestOf(run),
  });
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => void hands.keepers.delete(run.id));
  hands.keepers.set(run.id, keeper);
  const workspace = engine.workspaces.open(run, {
    sourcePath: pipeline.source.path,
    fencing: lease.fencing,
    // A cancelled run that still cleans up needs its tree.
    signal: pipeline.steps.some((step) => step.runWhen === 'always') ? keeper.handedOver : keeper.stop,
    recordExternals: (externals) => {
      const tree = { path: pipeline.source.path, externals };
      return persist(() => recordExternals(engine.db, admitted, tree), keeper.lost);
    },
  });
  cleanUp.defer(async () => void (await Promise.allSettled([workspace.remove()])));
  if (beginsWithTree(admitted)) workspace.tree().catch(() => undefined);
  const log = await engine.openLog(run, lease);
  cleanUp.defer(async () => void (await Promise.allSettled([log.close()])));
  return await executeRun(
    beginExecution({ engine, admitted, keeper, log, workspace, draining: hands.draining }),
  );
}

/** Then the tree is fetched while the log is opened and the step begun. */
function beginsWithTree({ steps }: Admitted): boolean {
  const first = steps.find((step) => step.state !== 'ended' && step.state !== 'waiting');
  return first?.kind === 'run' || first?.kind === 'build';
}

type Known = 'states' | 'interrupted' | 'reasons' | 'outputs' | 'journals' | 'waits';

function beginExecution(parts: Omit<Execution, Known>): Execution {
  const { steps, pipeline } = parts.admitted;
  const filled = (column: 'output' | 'journal'): Map<string, JsonObject> =>
    new Map(steps.flatMap((step) => (step[column] === null ? [] : [[step.id, step[column]] as const])));
  return {
    ...parts,
    states: new Map(
      steps.map(({ id, state, outcome }) => [id, { state: state === 'ended' ? state : 'pending', outcome }]),
    ),
    interrupted: new Set(steps.filter((step) => step.state === 'running').map((step) => step.id)),
    reasons: new Map(steps.flatMap(({ id, reason }) => (reason === null ? [] : [[id, reason]]))),
    outputs: new Map([...Object.entries(pipeline.promotes?.outputs ?? {}), ...filled('output')]),
    journals: filled('journal'),
    waits: new Map(),
  };
}
