import { Fault } from '../domain/fault.ts';
import type { JsonObject } from '../domain/json.ts';
import { runsAfterCancel } from '../domain/plan.ts';
import type { Begun } from '../store/begin-alone.ts';
import { cancelRequestOf, releaseLease } from '../store/leases.ts';
import { recordExternals } from '../store/run-externals.ts';
import { offerToOthers } from '../store/run-queueing.ts';
import { isWoken } from '../store/waiting-runs.ts';
import { admitRun } from './admit-run.ts';
import { deliverNextOfGroup, redeliverRun } from './deliver-run.ts';
import type { Engine, RunLog } from './engine.ts';
import { type Admitted, type EndRun, type Execution, type ExecutionEnd, executeRun } from './execute-run.ts';
import { keepLease, type LeaseKeeper } from './lease-keeper.ts';
import { Leftovers } from './leftovers.ts';
import { isToBeLoaded, loadPipeline } from './load-pipeline.ts';
import { persist } from './persist.ts';

/** What of a worker its runs need. */
export interface Hands {
  keepers: Map<string, LeaseKeeper>;
  draining: AbortSignal;
  /** Aborted when the worker is shut down: also a run that is on its way into its hands then is left to another one. */
  leaving: AbortSignal;
  /** The database has it as a run that works. */
  onBegun(): void;
  endRun: EndRun;
}

export interface Delivery {
  runId: string;
  /** What came of the attempt to begin it as the only one of its group; absent: not tried. */
  begun?: Begun['begun'];
}

/** What came of a run that was chosen. `waiting`: for others of its group, or for news; `passed`: nothing, for another reason. */
export type Attempt = 'begun' | 'waiting' | 'passed';

/** Whatever goes wrong, the run stays in the database and the reconciler sees it. */
export async function executeDelivery(engine: Engine, delivery: Delivery, hands: Hands): Promise<Attempt> {
  const { runId, begun } = delivery;
  const logger = engine.logger.child({ runId });
  try {
    const { owner, labels, leaseTtlMs: ttlMs } = engine;
    const admission = await admitRun(
      engine.db,
      { runId, owner, labels, ttlMs },
      begun === undefined ? undefined : { runId, begun },
    );
    if (admission.kind === 'elsewhere') await offerToOthers(engine.db, runId, labels);
    if (admission.kind !== 'admitted') {
      logger.debug({ admission: admission.kind }, 'run not admitted');
      return admission.kind === 'waiting' ? 'waiting' : 'passed';
    }
    hands.onBegun();
    const end = await workOn(engine, admission, hands);
    logger.info({ end }, 'run left');
    await leave(engine, admission, end);
  } catch (error) {
    if (error instanceof Fault && error.code === 'lease-lost')
      logger.warn('lost the lease: another worker continues the run');
    else logger.error({ err: error }, 'the execution of a run broke off; it will be delivered again');
  }
  return 'begun';
}

async function leave({ db, queue }: Engine, { run, lease }: Admitted, end: ExecutionEnd): Promise<void> {
  if (end === 'ended-alone') return;
  if (end !== 'ended') await releaseLease(db, lease);
  const isToGoOn = end === 'handed-over' || (end === 'waiting' && (await isWoken(db, run.id)));
  if (isToGoOn) await redeliverRun(db, queue, run.id);
  if (end !== 'handed-over') await deliverNextOfGroup(db, queue, run.concurrency_group);
}

async function workOn(engine: Engine, admission: Admitted, hands: Hands): Promise<ExecutionEnd> {
  const { run, lease } = admission;
  await using keeper = keepLease(engine.leaseDb, lease, {
    ttlMs: engine.leaseTtlMs,
    cancel: cancelRequestOf(run),
  });
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => {
    // After a lost lease this worker may have the run in hand once more, with another keeper.
    if (hands.keepers.get(run.id) === keeper) hands.keepers.delete(run.id);
  });
  hands.keepers.set(run.id, keeper);
  if (hands.leaving.aborted) keeper.shutDown();
  const openLog = async () => {
    const log = await engine.openLog(run, lease);
    cleanUp.defer(async () => void (await Promise.allSettled([log.close()])));
    return log;
  };
  const { draining, endRun } = hands;
  if (!isToBeLoaded(admission.pipeline))
    return await execute({ engine, admitted: admission, keeper, openLog, draining, endRun });
  const log = await openLog();
  const admitted = await loadPipeline({ engine, admitted: admission, keeper, log });
  if (typeof admitted === 'string') return admitted;
  return await execute({ engine, admitted, keeper, openLog: async () => log, draining, endRun });
}

interface Beginning extends Pick<Execution, 'engine' | 'admitted' | 'keeper' | 'draining' | 'endRun'> {
  openLog(): Promise<RunLog>;
}

async function execute({ openLog, ...parts }: Beginning): Promise<ExecutionEnd> {
  const { engine, admitted, keeper } = parts;
  const { run, lease, pipeline } = admitted;
  const workspace = engine.workspaces.open(run, {
    sourcePath: pipeline.source.path,
    only: pipeline.source.only,
    fencing: lease.fencing,
    // A cancelled run that still cleans up needs its tree.
    signal: pipeline.steps.some(runsAfterCancel) ? keeper.handedOver : keeper.stop,
    recordExternals: (externals) => {
      const { path, only } = pipeline.source;
      const tree = { path, only, externals };
      return persist(() => recordExternals(engine.db, admitted, tree), keeper.lost);
    },
  });
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(async () => void (await Promise.allSettled([workspace.remove()])));
  if (beginsWithTree(admitted)) workspace.tree().catch(() => undefined);
  const log = await openLog();
  const leftovers = cleanUp.use(new Leftovers(engine.logger));
  return await executeRun(beginExecution({ ...parts, log, workspace, leftovers }));
}

/** Then the tree is fetched while the log is opened and the step begun. */
function beginsWithTree({ steps }: Admitted): boolean {
  const first = steps.find((step) => step.state !== 'ended' && step.state !== 'waiting');
  return first?.kind === 'run' || first?.kind === 'build';
}

type Known = 'end' | 'states' | 'interrupted' | 'begun' | 'reasons' | 'outputs' | 'journals' | 'waits';

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
    begun: new Map(parts.admitted.attempts),
    reasons: new Map(steps.flatMap(({ id, reason }) => (reason === null ? [] : [[id, reason]]))),
    outputs: new Map([...Object.entries(pipeline.promotes?.outputs ?? {}), ...filled('output')]),
    journals: filled('journal'),
    waits: new Map(),
    end: null,
  };
}
