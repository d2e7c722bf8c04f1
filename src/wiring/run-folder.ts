import { access, chmod, constants, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ServerConfig } from '../config/server-config.ts';
import { Fault } from '../domain/fault.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Pipeline, RunStep, StepKind, TriggerKind } from '../domain/pipeline.ts';
import { followLog } from '../logs/live-log.ts';
import { requestCancel } from '../runs/cancel-run.ts';
import { createRun } from '../runs/create-run.ts';
import type { Engine } from '../runs/engine.ts';
import { openRunQueue } from '../runs/run-queue.ts';
import { type RunWorker, startRunWorker } from '../runs/run-worker.ts';
import { copyWorkingFolder } from '../scm/copy-working-folder.ts';
import type { TreeSource } from '../scm/source-control.ts';
import { describeFolder } from '../scm/working-folder.ts';
import type { StepHandler } from '../steps/step-handler.ts';
import { openDatabase, type Store } from '../store/database.ts';
import { keepLogPartitions } from '../store/log-partitions.ts';
import { readRun, readSteps, type StepRow } from '../store/runs.ts';
import { openServerHome } from '../worker-home.ts';
import { clusterPerEnvironment } from './clusters.ts';
import { openServerDatabase } from './database.ts';
import { assembleEngine } from './engine.ts';

/** One run of the pipeline of a folder, on this machine. */
export interface FolderRun {
  /** With its text. */
  pipeline: { name: string; source: string; pipeline: Pipeline };
  /** The tree, at the pipeline's `source.path`; only read. */
  folder: string;
  /** Values of all its parameters. */
  parameters: JsonObject;
  /** null: what the folder is a checkout of. */
  branch: string | null;
  /** What the conditions of the pipeline take for what has started it. */
  trigger: TriggerKind;
  isPushed: boolean;
  isDeployed: boolean;
  config: ServerConfig;
  /** Where caches of steps are kept for the next run, and made where it is missing; null: nowhere. */
  cacheFolder: string | null;
  logger: Logger;
  /** Receives each step's log as it comes, masked. */
  write(stepId: string, text: string): void;
  /** Cancels the run: containers end, then steps that run always have their turn. */
  signal: AbortSignal;
  /** Ends all of it at once. */
  stopNow: AbortSignal;
}

export interface FolderRunEnd {
  outcome: Outcome;
  /** One line; null after a success. */
  reason: string | null;
  branch: string;
  revision: string;
  steps: StepRow[];
}

/**
 * Runs it with the server's own engine on a database of its own, both gone afterwards, as is the copy of the folder: what
 * stays are images and caches.
 * @throws Fault where not even that can be begun
 */
export async function runFolder(wish: FolderRun): Promise<FolderRunEnd> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'trunkline-local-')));
  opened.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 }));
  // The database works under another account where we are root.
  await chmod(dataDir, 0o711);
  // Whatever it asks for in a worker, it is to run here.
  const labels = wish.pipeline.pipeline.runsOn ?? [];
  const sharedCaches = await usableFolder(wish);
  const caches = sharedCaches === null ? null : wish.config.caches;
  const alone = { dataDir, caches, databaseUrl: null, redisUrl: null, concurrency: 1, labels };
  const config: ServerConfig = { ...wish.config, ...alone };
  const { logger } = wish;
  const home = opened.use(await openServerHome(dataDir));
  const { url: databaseUrl } = opened.use(await openServerDatabase(config, logger));
  const store = opened.use(openDatabase({ url: databaseUrl, applicationName: 'trunkline-run' }));
  opened.use(await keepLogPartitions(store.db, logger));
  const queue = await openRunQueue({ databaseUrl, redisUrl: null, logger });
  opened.defer(() => queue.close());
  const sources = () => sourceOf(wish.folder);
  const engine = assembleEngine(
    { config, logger, home, databaseUrl },
    {
      ...{ store, leaseDb: store.db, queue, sources, readPipeline, mainBranchOf },
      ...(sharedCaches !== null && { sharedCaches }),
      clusterOf: clusterPerEnvironment(config),
    },
  );
  const worker = startRunWorker(withoutUnwanted(engine, wish), config.concurrency);
  opened.defer(() => worker.shutDown());
  return await execute(wish, store, worker);
}

/** Whoever runs a folder has read its file there. */
async function readPipeline(): Promise<never> {
  throw new Fault('internal', 'A pipeline without steps was to be run', { isRetryable: false });
}

/** That nothing can be kept there costs time, and is no reason to run nothing. */
async function usableFolder({ cacheFolder, pipeline, logger }: FolderRun): Promise<string | null> {
  const isWanted = pipeline.pipeline.steps.some((step) => step.kind === 'run' && step.cache !== undefined);
  if (cacheFolder === null || !isWanted) return null;
  try {
    await mkdir(cacheFolder, { recursive: true, mode: 0o700 });
    await access(cacheFolder, constants.R_OK | constants.W_OK | constants.X_OK);
    return cacheFolder;
  } catch (error) {
    logger.warn({ err: error }, 'no caches can be kept in the folder for them');
    return null;
  }
}

/** A branch reads no caches but its own. */
async function mainBranchOf(): Promise<null> {
  return null;
}

function sourceOf(folder: string): TreeSource {
  return {
    exportTree: ({ into, only }, signal) => copyWorkingFolder({ folder, into, only }, signal),
    urlOf: () => `file://${folder}`,
  };
}

function withoutUnwanted(engine: Engine, { isPushed, isDeployed, config }: FolderRun): Engine {
  const { handlers } = engine;
  return {
    ...engine,
    handlers: {
      ...handlers,
      run: {
        async execute(step, context) {
          const reason = missingSecret(step, config);
          return reason === null ? handlers.run.execute(step, context) : { outcome: 'failed', reason };
        },
      },
      push: isPushed ? handlers.push : leaveOut('nothing is pushed without --push'),
      deploy: isDeployed ? handlers.deploy : leaveOut('nothing is deployed without --deploy'),
      approve: leaveOut('nobody is asked for an approval on this machine'),
      trigger: leaveOut('no other pipeline is started on this machine'),
      job: isDeployed ? handlers.job : leaveOut('no job runs without --deploy'),
    },
  };
}

/** A config that was named knows all secrets, or was refused; without one they are somebody's own variables. */
function missingSecret({ secrets = {} }: RunStep, { secrets: known }: ServerConfig): string | null {
  const missing = Object.entries(secrets).find(([, name]) => !Object.hasOwn(known, name));
  if (missing === undefined) return null;
  const [variable, name] = missing;
  return `the variable ${variable} is not set here, which stands for the secret '${name}': set it, or give it with --env ${variable}=VALUE`;
}

function leaveOut<Kind extends StepKind>(why: string): StepHandler<Kind> {
  return {
    async execute() {
      return { outcome: 'succeeded', output: { leftOut: true }, note: why };
    },
  };
}

async function execute(wish: FolderRun, store: Store, worker: RunWorker): Promise<FolderRunEnd> {
  const { db } = store;
  const place = await placeOf(wish);
  wish.signal.throwIfAborted();
  const runId = await db.transaction().execute(async (tx) => {
    const created = await createRun(tx, requestOf(wish, place));
    await tx.updateTable('run').set({ number: localNumber() }).where('id', '=', created.runId).execute();
    return created.runId;
  });
  const onAbort = () =>
    void requestCancel(db, { runId, by: 'you', rollout: 'roll-back' })
      .then(() => worker.noticeCancel(runId))
      .catch((error: unknown) => wish.logger.error({ err: error }, 'could not cancel'));
  wish.signal.addEventListener('abort', onAbort, { once: true });
  try {
    worker.offer(runId);
    if (wish.signal.aborted) onAbort();
    const signal = wish.stopNow;
    for await (const { stepId, text } of followLog({ store, runId, signal })) wish.write(stepId, text);
  } finally {
    wish.signal.removeEventListener('abort', onAbort);
  }
  const run = await readRun(db, runId);
  const outcome = run?.outcome ?? 'cancelled';
  return { outcome, reason: run?.reason ?? null, ...place, steps: await readSteps(db, runId) };
}

/** The time in seconds: no server counts so far, so that a tag with it is never one that a server's run needs. */
function localNumber(): number {
  return Math.floor(Date.now() / 1000);
}

interface RunPlace {
  branch: string;
  revision: string;
}

async function placeOf({ folder, branch }: FolderRun): Promise<RunPlace> {
  const facts = await describeFolder(folder);
  return { branch: branch ?? facts?.branch ?? 'trunk', revision: facts?.revision ?? '0' };
}

function requestOf(
  { pipeline, parameters, trigger }: FolderRun,
  place: RunPlace,
): Parameters<typeof createRun>[1] {
  return {
    ...place,
    pipeline,
    repository: pipeline.pipeline.source.repository,
    generation: 1,
    move: 1,
    author: null,
    committedAt: null,
    message: '',
    identity: null,
    trigger,
    requestedBy: 'you',
    parameters,
    eventId: null,
  };
}
