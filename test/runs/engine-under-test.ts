import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { noTriggers } from '../../src/domain/no-triggers.ts';
import type { Pipeline, StepDefinition } from '../../src/domain/pipeline.ts';
import { admitRun } from '../../src/runs/admit-run.ts';
import { createRun, type RunRequest } from '../../src/runs/create-run.ts';
import { deliverRun } from '../../src/runs/deliver-run.ts';
import type { Engine, RunLog } from '../../src/runs/engine.ts';
import { openRunQueue } from '../../src/runs/run-queue.ts';
import { type RunWorker, startRunWorker } from '../../src/runs/run-worker.ts';
import { createApproveStep } from '../../src/steps/approve-step.ts';
import type { StepContext, StepResult } from '../../src/steps/step-handler.ts';
import { createTriggerStep } from '../../src/steps/trigger-step.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';
import { type RunRow, readRun, readSteps, type StepRow } from '../../src/store/runs.ts';
import { startDatabase } from '../support/postgres.ts';
import { waitFor } from '../support/wait-for.ts';

/** What a test's steps do, whatever their kind: the engine is real, the outside world is the test. */
export type Behaviour = (step: StepDefinition, context: StepContext) => Promise<StepResult>;

/** The engine on a real database and a real queue, with steps that behave as the test says. */
export async function startEngine(options: { databaseUrl?: string; redisUrl?: string } = {}) {
  const postgres = options.databaseUrl === undefined ? await startDatabase() : undefined;
  const url = options.databaseUrl ?? postgres?.url ?? '';
  if (postgres === undefined) await migrateDatabase({ url });
  const store = openDatabase({ url, applicationName: 'engine test' });
  const logger = pino({ level: 'silent' });
  const { Secret } = await import('../../src/domain/secret.ts');
  const redisUrl = options.redisUrl === undefined ? null : new Secret(options.redisUrl);
  const queue = await openRunQueue({ databaseUrl: url, redisUrl, logger });
  const workers: RunWorker[] = [];

  function engine(behaviour: Behaviour, overrides: Partial<Engine> = {}): Engine {
    const handler = { execute: behaviour };
    return {
      db: store.db,
      leaseDb: store.db,
      queue,
      handlers: {
        build: handler,
        push: handler,
        run: handler,
        deploy: handler,
        job: handler,
        trigger: createTriggerStep({ db: store.db }),
        approve: createApproveStep({
          db: store.db,
          manualChanges: async () => [],
          comingChanges: async () => [],
        }),
      },
      workspaces: {
        open: () => ({
          tree: noTree,
          copy: noTree,
          copyPath: (copy) => copy.stepId,
          remove: async () => undefined,
        }),
        removeLeftovers: async () => undefined,
      },
      logger,
      owner: `worker-${randomUUID()}/1`,
      labels: [],
      leaseTtlMs: 20_000,
      cleanUpMs: 20_000,
      mask: (text) => text,
      removeOrphans: async () => undefined,
      async readPipeline() {
        throw new Error('these runs have their steps');
      },
      openLog: async () => silentLog,
      sourceUrl: (run, path) => `svn://test/${run.branch}/${path}@${run.revision}`,
      isImageAvailable: async () => true,
      ...overrides,
    };
  }

  return {
    url,
    db: store.db,
    store,
    queue,
    logger,
    engine,
    startWorker(behaviour: Behaviour, overrides: Partial<Engine> = {}, slots = 4) {
      const worker = startRunWorker(engine(behaviour, overrides), slots);
      workers.push(worker);
      return worker;
    },
    async createRun(pipeline: Pipeline, facts: Partial<RunRequest> = {}): Promise<string> {
      const request = { ...anyRequest(pipeline), ...facts };
      const { runId } = await store.db.transaction().execute((tx) => createRun(tx, request));
      return runId;
    },
    deliver: (runId: string) => deliverRun(queue, runId),
    admit: (runId: string, owner = 'other/1') =>
      admitRun(store.db, { runId, owner, ttlMs: 20_000, labels: [] }),
    async run(runId: string): Promise<RunRow & { steps: Record<string, StepRow> }> {
      const run = await readRun(store.db, runId);
      if (run === undefined) throw new Error(`no run ${runId}`);
      const steps = await readSteps(store.db, runId);
      return { ...run, steps: Object.fromEntries(steps.map((step) => [step.id, step])) };
    },
    async ended(runId: string, deadlineMs = 60_000) {
      return waitFor(
        async () => {
          const run = await this.run(runId);
          return run.state === 'ended' && run;
        },
        { what: `run ${runId} to end`, deadlineMs },
      );
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.shutDown()));
      await Promise.all(workers.map((worker) => worker.drain()));
      await queue.close();
      await store.close();
      await postgres?.[Symbol.asyncDispose]();
    },
  };
}

/** A pipeline of `run` steps, one after the other unless `needs` says otherwise. */
export function pipelineOf(...steps: (string | Partial<StepDefinition>)[]): Pipeline {
  const definitions = steps.map((given, index) => {
    const fields = typeof given === 'string' ? { id: given } : given;
    const before = steps[index - 1];
    const beforeId = typeof before === 'string' ? before : before?.id;
    // Of several kinds at once: a test says which.
    const definition: object = {
      kind: 'run',
      needs: beforeId === undefined ? [] : [beforeId],
      timeoutMs: 60_000,
      retry: { max: 2, on: ['fault'] },
      from: { image: 'any' },
      commands: [],
      env: {},
      network: null,
      cpus: null,
      memoryBytes: null,
      workload: null,
      args: {},
      tags: [],
      source: { manifest: 'job.yaml' },
      ...fields,
    };
    return definition as StepDefinition;
  });
  return {
    name: 'cart',
    source: { repository: 'shop', path: '' },
    on: noTriggers,
    concurrency: { group: '${branch}', queue: 'latest' },
    steps: definitions,
  };
}

/** Keeps nothing. */
export const silentLog: RunLog = {
  write: () => undefined,
  drained: async () => undefined,
  flush: async () => undefined,
  storeLast: (_step, store) => store({ day: '2026-01-01', chunks: [] }),
  close: async () => undefined,
};

export const succeeded: StepResult = { outcome: 'succeeded', output: {} };

function anyRequest(pipeline: Pipeline): RunRequest {
  return {
    pipeline: { name: pipeline.name, source: 'name: cart', pipeline },
    repository: 'shop',
    generation: 1,
    branch: 'trunk',
    move: 7,
    revision: '7',
    author: 'alice',
    committedAt: null,
    message: 'a change',
    identity: null,
    trigger: 'api',
    requestedBy: 'test',
    parameters: {},
    eventId: null,
  };
}

const treeless = new Error('these steps have no tree');

async function noTree(): Promise<string> {
  throw treeless;
}
