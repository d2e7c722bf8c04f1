import { type CommandOutputs, readOutputs } from '../domain/command-outputs.ts';
import { noTriggers } from '../domain/no-triggers.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { type Promotion, promotionTo } from '../domain/promotion.ts';
import { revisionLabel } from '../domain/revision-label.ts';
import { pushesIn } from '../domain/step-output.ts';
import { toldOnward } from '../domain/told-onward.ts';
import type { Db } from '../store/database.ts';
import { deployedWorkloads, deploymentsOfWorkload } from '../store/rollback-choices.ts';
import { type RunRow, readRun, readSteps, type StepRow } from '../store/runs.ts';
import { builtBy } from './built-by.ts';
import { createRun } from './create-run.ts';
import { keepSteps } from './keep-steps.ts';
import type { RollbackDependencies } from './request-rollback.ts';

export interface PromotionWish {
  from: string;
  to: string;
  /** `deployment/cart`, ...; none: all that there are. One run has to have built what runs in them. */
  workloads: readonly string[];
  by: string;
  /** In the words of whoever asks; null: none were given. */
  why: string | null;
}

export type PromotionReceipt =
  | { kind: 'created'; runId: string }
  | { kind: 'unknown-workload'; workload: string; known: string[] }
  | { kind: 'refused'; code: PromotionRefusal; problem: string };
export type PromotionRefusal =
  | 'same-environment'
  | 'nothing-there'
  | 'in-progress'
  | 'several-runs'
  | 'no-step'
  | 'not-pushed'
  | 'not-allowed'
  | 'already-there'
  | 'gone';

/**
 * Makes a run that deploys to one environment exactly what runs in another: the digests that the run behind it has
 * pushed, with that run's revision and its pipeline's own deploy step, and without a build.
 */
export async function requestPromotion(
  dependencies: RollbackDependencies,
  wish: PromotionWish,
): Promise<PromotionReceipt> {
  const source = await findSource(dependencies.db, wish);
  if ('kind' in source) return source;
  const plan = await planOf(dependencies, wish, source);
  if ('kind' in plan) return plan;
  const runId = await makeRun(dependencies.db, wish, { run: source, ...plan });
  await dependencies.deliverRun(runId);
  return { kind: 'created', runId };
}

/** The run that has built what runs in the environment that is promoted from. */
async function findSource(
  db: Db,
  { from, to, workloads }: PromotionWish,
): Promise<RunRow | PromotionReceipt> {
  if (from === to) return refused('same-environment', 'it runs there already');
  const known = await deployedWorkloads(db, from);
  const unknown = workloads.find((workload) => !known.includes(workload));
  if (unknown !== undefined) return { kind: 'unknown-workload', workload: unknown, known };
  const names = workloads.length === 0 ? known : [...new Set(workloads)];
  const now = await Promise.all(names.map((name) => runningNow(db, { environment: from, workload: name })));
  const busy = now.indexOf('in-progress');
  if (busy >= 0) return refused('in-progress', `${names[busy]} is being deployed to at this moment`);
  const built = now.filter((run) => run !== undefined && run !== 'in-progress');
  const [run, other] = new Map(built.map((row) => [row.id, row])).values();
  if (run === undefined) return refused('nothing-there', `nothing that is on record runs in ${from}`);
  if (other === undefined) return run;
  return refused('several-runs', `what runs in ${from} comes from ${labelOf(run)} and ${labelOf(other)}`);
}

/** The run that has built what became healthy last. */
async function runningNow(
  db: Db,
  place: { environment: string; workload: string },
): Promise<RunRow | 'in-progress' | undefined> {
  const history = await deploymentsOfWorkload(db, place);
  if (history.some(({ isActive }) => isActive)) return 'in-progress';
  const healthy = history.filter(({ outcome }) => outcome === 'succeeded');
  const [now] = healthy;
  if (now === undefined) return undefined;
  // What took a rollout of its run back has put in what ran before that run.
  const made = await readRun(db, now.run_id);
  const { steps = [] } = (made?.definition ?? {}) as unknown as Partial<Pipeline>;
  const isUndo = steps.some((step) => step.id === now.step_id && step.kind === 'deploy' && step.undoes);
  const there = isUndo ? healthy.find(({ run_id }) => run_id !== now.run_id) : now;
  return there && builtBy(db, there.run_id);
}

interface PlannedPromotion {
  promotion: Promotion;
  pushes: StepRow[];
  /** Of the steps that are left out. */
  outputs: Record<string, CommandOutputs>;
}

async function planOf(
  { db, allowedIn, digestExists }: RollbackDependencies,
  { to, workloads }: PromotionWish,
  run: RunRow,
): Promise<PlannedPromotion | PromotionReceipt> {
  const allowed = allowedIn(to);
  if (allowed !== null && !allowed.includes(run.pipeline))
    return refused('not-allowed', `pipeline ${run.pipeline} may not deploy to ${to}`);
  const promotion = promotionTo(to, (run.definition as unknown as Pipeline).steps);
  if (promotion === null)
    return refused('no-step', `the pipeline of ${labelOf(run)} has no step that deploys to ${to}`);
  const done = (await readSteps(db, run.id)).filter(({ outcome }) => outcome === 'succeeded');
  const pushes = done.filter(({ id }) => promotion.pushes.includes(id));
  const missing = promotion.pushes.find((id) => !pushes.some((step) => step.id === id));
  if (missing !== undefined)
    return refused('not-pushed', `step ${missing} of ${labelOf(run)} has pushed nothing`);
  if (await runsAlready(db, { to, workloads, run }))
    return refused('already-there', `${labelOf(run)} is what runs there now`);
  for (const { repository, digest } of pushesIn(pushes.map(({ output }) => output ?? {}))) {
    const reference = `${repository}@${digest}`;
    if (!(await digestExists(reference)))
      return refused('gone', `the registry no longer has ${reference} of ${labelOf(run)}`);
  }
  return { promotion, pushes, outputs: outputsOf(done) };
}

function outputsOf(steps: readonly StepRow[]): PlannedPromotion['outputs'] {
  const left = steps.map(({ id, output }) => [id, readOutputs(output)] as const);
  const some = left.filter(([, outputs]) => outputs.size > 0);
  return Object.fromEntries(some.map(([id, outputs]) => [id, { outputs: Object.fromEntries(outputs) }]));
}

async function runsAlready(
  db: Db,
  { to, workloads, run }: { to: string; workloads: readonly string[]; run: RunRow },
): Promise<boolean> {
  const there = await deployedWorkloads(db, to);
  const names = there.filter((name) => workloads.length === 0 || workloads.includes(name));
  const now = await Promise.all(names.map((name) => runningNow(db, { environment: to, workload: name })));
  return (
    now.length > 0 &&
    now.every((other) => other !== undefined && other !== 'in-progress' && other.id === run.id)
  );
}

async function makeRun(
  db: Db,
  { from, to, workloads, by, why }: PromotionWish,
  { run, promotion, pushes, outputs }: PlannedPromotion & { run: RunRow },
): Promise<string> {
  const { repository, generation, branch, move, revision, author, message } = run;
  const { name, source } = run.definition as unknown as Pipeline;
  const pipeline: Pipeline = {
    name,
    source,
    on: noTriggers,
    // It waits for other promotions to the environment only, and not for builds of its branch.
    concurrency: { group: `promotion to ${to}`, queue: 'fifo' },
    steps: promotion.steps,
    promotes: { runId: run.id, ...(Object.keys(outputs).length > 0 && { outputs }) },
  };
  return db.transaction().execute(async (tx) => {
    const { runId } = await createRun(tx, {
      ...{ repository, generation, branch, move, revision, author, message },
      pipeline: { name: run.pipeline, source: run.pipeline_source, pipeline },
      committedAt: run.committed_at?.toISOString() ?? null,
      identity: null,
      trigger: 'promotion',
      requestedBy: by,
      parameters: {
        ...{ from, to, version: labelOf(run) },
        ...(workloads.length > 0 && { workloads: workloads.join(', ') }),
        ...(why !== null && { why }),
      },
      externals: run.externals,
      eventId: null,
      told: toldOnward(run),
    });
    await keepSteps(tx, runId, { earlier: run, steps: pushes });
    return runId;
  });
}

function labelOf({ revision, pipeline, number }: RunRow): string {
  return `${revisionLabel(revision)} (${pipeline} #${number})`;
}

function refused(code: PromotionRefusal, problem: string): PromotionReceipt {
  return { kind: 'refused', code, problem };
}
