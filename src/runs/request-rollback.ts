import { digestReferences } from '../domain/digest-references.ts';
import { noTriggers } from '../domain/no-triggers.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { revisionLabel } from '../domain/revision-label.ts';
import { toldOnward } from '../domain/told-onward.ts';
import type { Db } from '../store/database.ts';
import {
  deployedWorkloads,
  deploymentsOfWorkload,
  storedSetOf,
  type WorkloadDeployment,
} from '../store/rollback-choices.ts';
import { type RunRow, readRun } from '../store/runs.ts';
import { createRun } from './create-run.ts';

export interface RollbackWish {
  environment: string;
  /** `deployment/cart` */
  workload: string;
  /** Whose version to go back to; null: the one before what runs now. */
  runId: string | null;
  by: string;
  /** In the words of whoever asks; null: none were given. */
  why: string | null;
  /** What makes two requests the same: it makes one run. null: nothing does. */
  identity: string | null;
}

export type RollbackReceipt =
  | { kind: 'created'; runId: string }
  | { kind: 'unknown-workload'; known: string[] }
  | { kind: 'refused'; code: RollbackRefusal; problem: string };
export type RollbackRefusal = 'not-allowed' | 'in-progress' | 'nothing-earlier' | 'already-there' | 'gone';

export interface RollbackDependencies {
  db: Db;
  /** Pipelines that may deploy to an environment; null: all. */
  allowedIn(environment: string): string[] | null;
  /** @throws Fault when the registry does not answer */
  digestExists(reference: string): Promise<boolean>;
  deliverRun(runId: string): Promise<void>;
}

const rollbackTimeoutMs = 10 * 60_000;
const soakMs = 10_000;

/**
 * Makes a run that puts an earlier, healthy version of a workload back: its whole stored set, by digest, without a
 * build and without the repository. The version is chosen now; the run refuses what has become impossible by then.
 */
export async function requestRollback(
  dependencies: RollbackDependencies,
  wish: RollbackWish,
): Promise<RollbackReceipt> {
  const { db } = dependencies;
  const history = await deploymentsOfWorkload(db, wish);
  if (history.length === 0) {
    return { kind: 'unknown-workload', known: await deployedWorkloads(db, wish.environment) };
  }
  const choice = choose(history, wish);
  if ('kind' in choice) return choice;
  const allowed = dependencies.allowedIn(wish.environment);
  if (allowed !== null && !allowed.includes(choice.pipeline)) {
    return refused('not-allowed', `pipeline ${choice.pipeline} may not deploy to ${wish.environment}`);
  }
  const gone = await findGone(dependencies, choice);
  if (gone !== undefined) return refused('gone', `the registry no longer has ${gone} of ${labelOf(choice)}`);
  const run = await readRun(db, choice.run_id);
  if (run === undefined) return refused('nothing-earlier', `${labelOf(choice)} is no longer on record`);
  const runId = await makeRun(db, wish, { choice, run });
  await dependencies.deliverRun(runId);
  return { kind: 'created', runId };
}

/** Newest first: what runs now is the first that became healthy. */
function choose(
  history: WorkloadDeployment[],
  { workload, environment, runId }: RollbackWish,
): WorkloadDeployment | RollbackReceipt {
  const active = history.find(({ isActive }) => isActive);
  if (active !== undefined) {
    return refused('in-progress', `${labelOf(active)} is being deployed to ${workload} at this moment`);
  }
  const [now, ...earlier] = history.filter(({ outcome }) => outcome === 'succeeded');
  if (runId !== null && now?.run_id === runId) {
    return refused('already-there', `${labelOf(now)} is what runs there now`);
  }
  const chosen = earlier.find((row) => row.isKept && (runId === null || row.run_id === runId));
  if (chosen !== undefined) return chosen;
  const what = runId === null ? 'no earlier healthy version' : 'no healthy version of that run';
  return refused('nothing-earlier', `there is ${what} of ${workload} in ${environment} on record`);
}

async function findGone(
  { db, digestExists }: RollbackDependencies,
  { deploy_id }: WorkloadDeployment,
): Promise<string | undefined> {
  for (const reference of new Set(digestReferences(await storedSetOf(db, deploy_id)))) {
    if (!(await digestExists(reference))) return reference;
  }
  return undefined;
}

async function makeRun(
  db: Db,
  wish: RollbackWish,
  { choice, run }: { choice: WorkloadDeployment; run: RunRow },
): Promise<string> {
  const { environment, workload, by, why, identity } = wish;
  const { repository, generation, branch, move, revision, author, message } = run;
  const pipeline = rollbackPipeline(run, { environment, choice });
  const { runId } = await db.transaction().execute((tx) =>
    createRun(tx, {
      ...{ repository, generation, branch, move, revision, author, message },
      pipeline: { name: run.pipeline, source: run.pipeline_source, pipeline },
      committedAt: run.committed_at?.toISOString() ?? null,
      identity,
      trigger: 'rollback',
      requestedBy: by,
      parameters: { environment, workload, to: labelOf(choice), ...(why !== null && { why }) },
      eventId: null,
      told: toldOnward(run),
    }),
  );
  return runId;
}

/** What is rolled back waits for other rollbacks of the environment only, and not for builds of its branch. */
function rollbackPipeline(
  run: RunRow,
  { environment, choice }: { environment: string; choice: WorkloadDeployment },
): Pipeline {
  const { name, source } = run.definition as unknown as Pipeline;
  return {
    name,
    source,
    on: noTriggers,
    concurrency: { group: `rollback of ${environment}`, queue: 'fifo' },
    priority: 'high',
    steps: [
      {
        id: 'rollback',
        kind: 'deploy',
        needs: [],
        timeoutMs: rollbackTimeoutMs,
        retry: { max: 5, on: ['fault'] },
        environment,
        manifests: [],
        workload: null,
        soakMs,
        restore: { deployId: choice.deploy_id, label: labelOf(choice) },
      },
    ],
  };
}

function labelOf({ revision, pipeline, number }: WorkloadDeployment): string {
  return `${revisionLabel(revision)} (${pipeline} #${number})`;
}

function refused(code: RollbackRefusal, problem: string): RollbackReceipt {
  return { kind: 'refused', code, problem };
}
