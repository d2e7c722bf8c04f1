import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Budgets, defaultBudgets } from '../../src/clusters/kubernetes/budgets.ts';
import { createKubernetesCluster } from '../../src/clusters/kubernetes/kubernetes-cluster.ts';
import type { EnvironmentConfig } from '../../src/config/server-config.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { JobStep } from '../../src/domain/pipeline.ts';
import type { StopReason } from '../../src/domain/stop-reason.ts';
import { createDeployStep } from '../../src/steps/deploy-step.ts';
import { createJobStep } from '../../src/steps/job-step.ts';
import type { StepContext, StepResult } from '../../src/steps/step-handler.ts';
import { openDatabase } from '../../src/store/database.ts';
import { insertRun } from '../../src/store/insert-run.ts';
import { acquireLease, confirmLease, type Lease } from '../../src/store/leases.ts';
import { readSteps, writeJournal } from '../../src/store/runs.ts';
import { kubernetes } from '../support/kubernetes.ts';
import { startDatabase } from '../support/postgres.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type DeployRequest, deployStep } from './deploy-request.ts';
import { cart, programs, pushImage, registryHas } from './deployables.ts';
import { runRow } from './run-row.ts';

export type DeploysUnderTest = Awaited<ReturnType<typeof startDeploys>>;

/** The deploy step on a real cluster, registry and database, in a namespace of its own. */
export async function startDeploys(options: { budgets?: Partial<Budgets>; kubeconfig?: string } = {}) {
  await using resources = new AsyncDisposableStack();
  const cluster = await kubernetes();
  const namespace = resources.use(await cluster.makeNamespace());
  const registry = resources.use(await startRegistry());
  const postgres = resources.use(await startDatabase());
  const folder = resources.use(await temporaryFolder());
  const store = openDatabase({ url: postgres.url, applicationName: 'deploy test' });
  resources.defer(() => store.close());
  const { db } = store;
  const settings = {
    kubeconfig: options.kubeconfig ?? cluster.kubeconfig,
    context: null,
    namespace: namespace.name,
  };
  const deployCluster = createKubernetesCluster({
    ...settings,
    budgets: { ...defaultBudgets, ...options.budgets },
  });
  resources.defer(() => deployCluster.close());
  const environment: EnvironmentConfig = {
    name: 'staging',
    cluster: { kind: 'kubernetes', ...settings },
    pipelines: ['cart'],
    requireDigests: false,
    freeze: [],
    driftEveryMs: null,
    dns: null,
    clusterId: null,
    prometheus: null,
    approve: null,
  };
  const deps = {
    db,
    environments: { staging: environment },
    clusterOf: () => deployCluster,
    digestExists: (reference: string) => registryHas(registry, reference),
    keptVersions: 10,
    mask: (text: string) => text.replaceAll('hunter2', '[masked]'),
  };
  const handler = createDeployStep(deps);
  const jobHandler = createJobStep({
    db,
    environments: { staging: environment },
    secrets: {},
    clusterOf: () => deployCluster,
  });
  const kubectl = (...args: string[]) => cluster.kubectl('-n', namespace.name, ...args);
  const owned = resources.move();

  return {
    db,
    deps,
    registry,
    cluster: deployCluster,
    environment,
    namespace: namespace.name,
    kubectl,
    /** Builds and pushes an image whose container runs a shell script. */
    image: (script: string, name = 'shop/cart') => pushImage(registry, { script, name }),
    async workload(name: string, kind = 'deployment') {
      return JSON.parse(await kubectl('get', kind, name, '-o', 'json', '--show-managed-fields'));
    },
    /** All pods of the namespace that are not ending, by name. */
    async podsByName() {
      const { items } = JSON.parse(await kubectl('get', 'pods', '--sort-by=.metadata.name', '-o', 'json'));
      const isLeft = ({ metadata }: { metadata: { deletionTimestamp?: string } }) =>
        metadata.deletionTimestamp === undefined;
      return items.filter(isLeft);
    },
    /** What somebody does by hand. */
    async apply(text: string) {
      const file = join(folder.path, 'by-hand.yaml');
      await writeFile(file, text);
      await kubectl('apply', '-f', file);
    },
    /** The record of a move's deployment. */
    deployment: (move: number) =>
      db.selectFrom('deployment').selectAll().where('move', '=', move).executeTakeFirstOrThrow(),
    /** A run of the pipeline `cart` whose only step is the deploy, held by a lease. */
    async run(facts: { move: number; createdAt?: Date; jobs?: string[]; others?: string[] }) {
      const runId = randomUUID();
      const run = runRow(runId, facts);
      const jobs = (facts.jobs ?? []).map((id) => ({ id, kind: 'job' }));
      const deployIds = ['deploy', ...(facts.others ?? [])];
      const { row } = await db
        .transaction()
        .execute((tx) => insertRun(tx, run, [...jobs, ...deployIds.map((id) => ({ id, kind: 'deploy' }))]));
      const files = join(folder.path, runId);
      return {
        id: runId,
        async lease(): Promise<Lease> {
          await db
            .updateTable('lease')
            .set({ expires_at: new Date(0) })
            .where('run_id', '=', runId)
            .execute();
          const lease = await acquireLease(db, { runId, owner: randomUUID(), ttlMs: 600_000 });
          if (lease === null) throw new Error('the lease is held');
          return lease;
        },
        async endStep(id: string) {
          await db
            .updateTable('step')
            .set({ state: 'ended', outcome: 'succeeded', ended_at: new Date() })
            .where('run_id', '=', runId)
            .where('id', '=', id)
            .execute();
        },
        /** As the engine ends a run: with all its steps. */
        async end() {
          await db
            .updateTable('step')
            .set({ state: 'ended', outcome: 'succeeded', ended_at: new Date() })
            .where('run_id', '=', runId)
            .execute();
          await db
            .updateTable('run')
            .set({ state: 'ended', outcome: 'succeeded', ended_at: new Date() })
            .where('id', '=', runId)
            .execute();
        },
        /** Executes the step as a worker that has just taken the run over. */
        async deploy(request: DeployRequest): Promise<StepResult> {
          return handler.execute(
            { ...deployStep, ...request.step },
            await this.context(request.step?.id ?? 'deploy', request),
          );
        },
        /** The same with a job step, whose end is stored as the engine does. */
        async job(step: JobStep, request: DeployRequest): Promise<StepResult> {
          const result = await jobHandler.execute(step, await this.context(step.id, request));
          const { outcome, output = {} } = result;
          await db
            .updateTable('step')
            .set({ state: 'ended', outcome, output: JSON.stringify(output), ended_at: new Date() })
            .where('run_id', '=', runId)
            .where('id', '=', step.id)
            .execute();
          return result;
        },
        async context(stepId: string, request: DeployRequest): Promise<StepContext> {
          const lease = request.lease ?? (await this.lease());
          for (const [path, text] of Object.entries(request.files ?? {})) {
            await mkdir(dirname(join(files, path)), { recursive: true });
            await writeFile(join(files, path), text);
          }
          const stepRow = (await readSteps(db, runId)).find(({ id }) => id === stepId);
          let journal: JsonObject | undefined = stepRow?.journal ?? undefined;
          return {
            run: {
              ...row,
              sourceUrl: 'svn://test/trunk@1',
              parameters: {},
              requestedBy: 'hook',
              sourcePath: '',
              committedAt: null,
            },
            stepId,
            attempt: 1,
            isLastAttempt: false,
            fencing: lease.fencing,
            signal: request.signal ?? new AbortController().signal,
            handedOver: request.handedOver ?? new AbortController().signal,
            progress: (report) => request.reports?.push(report),
            log: { write: () => undefined, line: (text) => request.log?.push(text) },
            steps: request.steps ?? [],
            outputs: new Map(Object.entries(request.pushes ?? {})),
            journal: {
              read: () => journal,
              async write(entry) {
                await writeJournal(db, lease, { stepId, journal: entry });
                journal = entry;
                await request.onJournal?.(entry);
              },
            },
            workspace: async () => files,
            confirmLease: async () => {
              await request.onConfirm?.();
              await confirmLease(db, lease);
              await request.afterConfirm?.();
            },
          };
        },
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A run of the given move that deploys a new image of the program and ends well. */
export async function deployed(deploys: DeploysUnderTest, move: number, program = programs.serve) {
  const image = await deploys.image(program);
  const run = await deploys.run({ move });
  const result = await run.deploy({ files: cart(), pushes: { push: image } });
  await run.end();
  return { image, result };
}

/** Signals that tell the handler to stop, as the engine would. */
export function stopSignals() {
  const stopping = new AbortController();
  const leaving = new AbortController();
  return {
    signal: stopping.signal,
    handedOver: leaving.signal,
    stop(reason: StopReason) {
      if (reason.kind === 'lease-lost' || reason.kind === 'shutdown') leaving.abort(reason);
      stopping.abort(reason);
    },
  };
}
