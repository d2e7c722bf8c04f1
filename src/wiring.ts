import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Cluster } from './clusters/cluster.ts';
import type { EnvironmentConfig, ServerConfig } from './config/server-config.ts';
import { Fault } from './domain/fault.ts';
import { deliverRun } from './runs/deliver-run.ts';
import { type DiskWatch, watchDisk } from './runs/disk-watch.ts';
import { startDriftWatch } from './runs/drift-watch.ts';
import type { Engine } from './runs/engine.ts';
import { createRepositoryPipelineReader } from './runs/read-repository-pipeline.ts';
import { reconcileOnce, startReconciler } from './runs/reconciler.ts';
import { openRunQueue, type RunQueue } from './runs/run-queue.ts';
import { type RunWorker, startRunWorker } from './runs/run-worker.ts';
import { keepUpWorker } from './runs/worker-upkeep.ts';
import { decodeRunNotice } from './store/channels.ts';
import { openDatabase, type Store } from './store/database.ts';
import { releaseLeasesOfWorker } from './store/leases.ts';
import { announceWorker } from './store/workers.ts';
import { version } from './version.ts';
import { clusterPerEnvironment } from './wiring/clusters.ts';
import { assembleEngine } from './wiring/engine.ts';
import { mainBranches } from './wiring/main-branch.ts';
import { openSources, type Sources } from './wiring/sources.ts';
import type { WorkerHome } from './worker-home.ts';

/** What every process of Trunkline that executes runs consists of; the server has the same inside. */
export interface WorkerParts extends AsyncDisposable {
  store: Store;
  queue: RunQueue;
  sources: Sources;
  worker: RunWorker;
  disk: DiskWatch;
  clusterOf(environment: EnvironmentConfig): Cluster;
  /** Makes text fit to be shown: no secret of the server is in it. */
  mask(text: string): string;
}

export interface WorkerSetting {
  config: ServerConfig;
  logger: Logger;
  home: WorkerHome;
  databaseUrl: string;
}

/**
 * What keeps leases alive neither waits for connections that other work keeps busy, nor for long for one whose other end is
 * gone without a word.
 */
const leaseConnections = {
  ...{ applicationName: 'trunkline-leases', poolSize: 2 },
  ...{ statementTimeoutMs: 4_000, patienceMs: 2_000 },
};

/** Opens the parts in order, and starts to take runs. Disposing stops them in reverse; drain the worker first. */
export async function openWorker(setting: WorkerSetting): Promise<WorkerParts> {
  const { config, logger, home, databaseUrl } = setting;
  await using opening = new AsyncDisposableStack();
  const store = opening.use(openDatabase({ url: databaseUrl, applicationName: 'trunkline' }));
  const leases = opening.use(openDatabase({ url: databaseUrl, ...leaseConnections }));
  const queue = await openRunQueue({ databaseUrl, redisUrl: config.redisUrl, logger });
  opening.defer(() => queue.close());
  const sources = openSources(config, { stateDir: join(home.folder, 'sources'), logger });
  const clusterOf = clusterPerEnvironment(config);
  const readPipeline = createRepositoryPipelineReader(config, sources);
  const mainBranchOf = mainBranches(config, sources);
  const engine = assembleEngine(setting, {
    ...{ store, leaseDb: leases.db, queue, sources, clusterOf, readPipeline, mainBranchOf },
  });
  await engine.workspaces.removeLeftovers();
  await releaseLeasesOfWorker(store.db, home.workerId);
  opening.use(removeOrphansMeanwhile(engine, logger));
  const worker = startRunWorker(engine, config.concurrency);
  opening.defer(() => worker.shutDown());
  const stopListening = await listenForNotices(store, worker);
  opening.defer(stopListening);
  await announceWorker(store.db, workerFacts(setting));
  const disk = watchDisk(home.folder, config.disk);
  const { obstacle } = disk;
  opening.use(await keepUpWorker({ db: store.db, workerId: home.workerId, worker, obstacle, logger }));
  const reconciling = { db: store.db, queue, logger, noticeWanted: () => worker.noticeWanted() };
  await reconcileOnce(reconciling);
  opening.defer(startReconciler(reconciling).stop);
  const environments = Object.values(config.environments);
  const deliver = (runId: string) => deliverRun(queue, runId);
  const drifts = { db: store.db, environments, clusterOf, mask: engine.mask, deliverRun: deliver, logger };
  opening.use(startDriftWatch(drifts));
  const opened = opening.move();
  worker.noticeWanted();
  const parts = { store, queue, sources, worker, disk, clusterOf, mask: engine.mask };
  return { ...parts, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** An engine that is away is no reason not to start: a step that needs it will say so. */
function removeOrphansMeanwhile(engine: Engine, logger: Logger): AsyncDisposable {
  const stopping = new AbortController();
  const work = engine.removeOrphans(stopping.signal).catch((error: unknown) => {
    if (stopping.signal.aborted) return;
    if (error instanceof Fault)
      logger.warn({ hint: error.hint }, `${error.message}; build, push and run steps need it`);
    else logger.warn({ err: error }, 'could not look for containers of workers that died');
  });
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await work;
    },
  };
}

async function listenForNotices(store: Store, worker: RunWorker): Promise<() => Promise<void>> {
  return store.listen('trunkline_run', (payload) => {
    // After a dropped connection nobody knows what was missed: look at all.
    if (payload === null) for (const runId of worker.activeRuns()) worker.noticeCancel(runId);
    const notice = payload === null ? undefined : decodeRunNotice(payload);
    if (notice?.what === 'cancel') worker.noticeCancel(notice.run);
    if (payload === null || notice?.what === 'wanted') worker.noticeWanted();
  });
}

function workerFacts({ home, config }: WorkerSetting) {
  return {
    id: home.workerId,
    host: hostname(),
    pid: process.pid,
    version,
    concurrency: config.concurrency,
    labels: config.labels,
  };
}
