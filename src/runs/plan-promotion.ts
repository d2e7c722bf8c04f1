import { type CommandOutputs, readOutputs } from '../domain/command-outputs.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { type Promotion, promotionTo } from '../domain/promotion.ts';
import { revisionLabel } from '../domain/revision-label.ts';
import { pushesIn } from '../domain/step-output.ts';
import type { Db } from '../store/database.ts';
import { deployedWorkloads, deploymentsOfWorkload } from '../store/rollback-choices.ts';
import { type RunRow, readRun, readSteps, type StepRow } from '../store/runs.ts';
import { builtBy } from './built-by.ts';
import type { RollbackDependencies } from './request-rollback.ts';

export interface PromotionWish {
  from: string;
  to: string;
  /** `deployment/cart`, ...; none: all that there are. One run has to have built what runs in them. */
  workloads: readonly string[];
}

/** Why a promotion cannot be. */
export type NoPromotion =
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

/** What a promotion would execute, and of which run; changes nothing. */
export async function planPromotion(
  dependencies: PlanDependencies,
  wish: PromotionWish,
): Promise<PlannedPromotion | NoPromotion> {
  const source = await findSource(dependencies.db, wish);
  return 'kind' in source ? source : planOf(dependencies, wish, source);
}

export type PlanDependencies = Pick<RollbackDependencies, 'db' | 'allowedIn' | 'digestExists'>;

/** The run that has built what runs in the environment that is promoted from. */
async function findSource(db: Db, { from, to, workloads }: PromotionWish): Promise<RunRow | NoPromotion> {
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

export interface PlannedPromotion {
  /** Which has built what is promoted. */
  run: RunRow;
  promotion: Promotion;
  pushes: StepRow[];
  /** Of the steps that are left out. */
  outputs: Record<string, CommandOutputs>;
}

async function planOf(
  { db, allowedIn, digestExists }: PlanDependencies,
  { to, workloads }: PromotionWish,
  run: RunRow,
): Promise<PlannedPromotion | NoPromotion> {
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
  return { run, promotion, pushes, outputs: outputsOf(done) };
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

export function labelOf({ revision, pipeline, number }: RunRow): string {
  return `${revisionLabel(revision)} (${pipeline} #${number})`;
}

function refused(code: PromotionRefusal, problem: string): NoPromotion {
  return { kind: 'refused', code, problem };
}
