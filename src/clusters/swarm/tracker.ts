import { Fault } from '../../domain/fault.ts';
import type { AppliedRollout, Diagnosis, RolloutVerdict, WatchOptions } from '../cluster.ts';
import { createProgressLines, type ProgressLines } from '../progress-lines.ts';
import { createWakeup } from '../wakeup.ts';
import type { Budgets } from './budgets.ts';
import { diagnoseFailure, type FailedService } from './diagnosis.ts';
import { EngineRefusal } from './engine-api.ts';
import { isUp, type Judgement, judge, type Look, splitTasks } from './judge.ts';
import { rolloutReport, wordFor } from './rollout-report.ts';
import { notesOf } from './service-notes.ts';
import { ServiceWatch, type WatchDeps } from './service-watch.ts';
import type { Task } from './task.ts';
import { areRunning } from './task-facts.ts';

export interface TrackerDeps extends WatchDeps {
  budgets: Budgets;
}

interface Judged {
  watch: ServiceWatch;
  look: Look;
  judgement: Judgement;
}

/** An engine tells little of a swarm's tasks by itself, so they are asked for. */
const lookEveryMs = 1_000;

/** Watches a rollout until its end is certain. An engine that does not answer is waited for. */
export async function trackRollout(
  deps: TrackerDeps,
  { rollout, options }: { rollout: AppliedRollout; options: WatchOptions },
  signal: AbortSignal,
): Promise<RolloutVerdict> {
  const wakeup = createWakeup();
  const watches = rollout.workloads.map((applied) => new ServiceWatch(deps, applied, rollout));
  const lines = createProgressLines('engine', options.onProgress);
  const activity = createActivityClock(watches);
  const tracking: Tracking = { deps, rollout, options, watches, lines, activity };
  for (;;) {
    signal.throwIfAborted();
    try {
      const verdict = await lookOnce(tracking, signal);
      if (verdict !== undefined) return verdict;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Fault || error instanceof EngineRefusal)) throw error;
      lines.contact(error);
      activity.hold();
    }
    await wakeup.wait(lookEveryMs, signal);
  }
}

interface Tracking {
  deps: TrackerDeps;
  rollout: AppliedRollout;
  options: WatchOptions;
  watches: ServiceWatch[];
  lines: ProgressLines;
  activity: ActivityClock;
}

/** @returns undefined: it is not over */
async function lookOnce(tracking: Tracking, signal: AbortSignal): Promise<RolloutVerdict | undefined> {
  const { deps, rollout, options, watches, lines, activity } = tracking;
  const judged = await lookAt(watches, { deps, rollout, signal });
  lines.contact(undefined);
  for (const { watch, look, judgement } of judged) {
    const { applied } = watch;
    const { fresh } = splitTasks(look.tasks, { applied, rollout });
    const parts = fresh.map((task) => partOf(applied.name, task));
    lines.workload(applied.name, judgement, parts);
  }
  const soakMs = Math.max(options.soakMs, deps.budgets.settleMs);
  const end = conclude(judged, { soakMs, isIdle: activity.idleMs() > deps.budgets.noActivityMs });
  options.onReport(rolloutReport(judged.map(toSeen), rollout, soakLeft(end, soakMs)));
  if (end.state === 'soaking') lines.line(`healthy; watched for ${Math.ceil(soakMs / 1000)} s more`);
  return end.state === 'ended' ? toVerdict(deps, { ...end, rollout }, signal) : undefined;
}

function partOf(service: string, task: Task) {
  return { id: task.id, name: `task ${task.place} of ${service}`, stage: wordFor(task) };
}

function toSeen({ watch, look, judgement }: Judged) {
  return { applied: watch.applied, look, judgement };
}

async function lookAt(
  watches: ServiceWatch[],
  { deps, rollout, signal }: { deps: TrackerDeps; rollout: AppliedRollout; signal: AbortSignal },
): Promise<Judged[]> {
  return Promise.all(
    watches.map(async (watch) => {
      const look = await watch.look(signal);
      const { applied, memory } = watch;
      return { watch, look, judgement: judge({ applied, rollout, budgets: deps.budgets, memory }, look) };
    }),
  );
}

interface ActivityClock {
  idleMs(): number;
  hold(): void;
}

function createActivityClock(watches: ServiceWatch[]): ActivityClock {
  let changes = 0;
  let since = performance.now();
  return {
    idleMs() {
      const now = watches.reduce((sum, watch) => sum + watch.changes, 0);
      if (now !== changes) since = performance.now();
      changes = now;
      return performance.now() - since;
    },
    hold() {
      since = performance.now();
    },
  };
}

type Conclusion =
  | { state: 'waiting' }
  | { state: 'soaking'; until: number }
  | { state: 'ended'; judged: Judged[]; isIdle: boolean };

function conclude(judged: Judged[], { soakMs, isIdle }: { soakMs: number; isIdle: boolean }): Conclusion {
  const ended: Conclusion = { state: 'ended', judged, isIdle };
  const judgements = judged.map(({ judgement }) => judgement);
  if (judgements.some(({ state }) => state !== 'waiting' && state !== 'healthy')) return ended;
  if (judgements.some(({ state }) => state === 'waiting')) return isIdle ? ended : { state: 'waiting' };
  const until = Math.max(
    ...judgements.map((judgement) => (judgement.state === 'healthy' ? judgement.since + soakMs : 0)),
  );
  const isSettled = judgements.every((judgement) => judgement.state !== 'healthy' || judgement.isSettled);
  return isSettled && until <= performance.now() ? ended : { state: 'soaking', until };
}

/** A failure during the soak is none that was soaked through. */
function soakLeft(end: Conclusion, ofMs: number): { leftMs: number; ofMs: number } | undefined {
  if (end.state === 'soaking') return { leftMs: end.until - performance.now(), ofMs };
  const isHealthy =
    end.state === 'ended' && end.judged.every(({ judgement }) => judgement.state === 'healthy');
  return isHealthy ? { leftMs: 0, ofMs } : undefined;
}

async function toVerdict(
  { api }: TrackerDeps,
  { judged, isIdle, rollout }: { judged: Judged[]; isIdle: boolean; rollout: AppliedRollout },
  signal: AbortSignal,
): Promise<RolloutVerdict | undefined> {
  const hasFailures = judged.some(({ judgement }) => judgement.state === 'failed');
  if (isIdle || hasFailures) {
    const failures = failedFirst(judged).flatMap((one, _, all) => toFailure(one, { isIdle, of: all.length }));
    const diagnosis = await diagnoseFailure(api, failures, signal);
    return { outcome: hasFailures ? 'failed' : 'timed-out', diagnosis };
  }
  for (const { judgement } of judged) {
    if (judgement.state === 'superseded' || judgement.state === 'lost')
      return { outcome: judgement.state, cause: judgement.text };
  }
  for (const { watch, look } of judged) {
    const { fresh } = splitTasks(look.tasks, { applied: watch.applied, rollout });
    if (!(await areRunning(api, fresh.filter(isUp), signal))) return undefined;
  }
  return {
    outcome: 'succeeded',
    images: [...new Set(judged.flatMap(({ watch }) => Object.values(watch.applied.images)))],
    notes: judged.flatMap(({ watch, look }) => notesOf(watch.applied, look)),
  };
}

function failedFirst(judged: Judged[]): Judged[] {
  const isFailed = ({ judgement }: Judged) => judgement.state === 'failed';
  return [...judged.filter(isFailed), ...judged.filter((one) => !isFailed(one))];
}

/** Why a service is not healthy, as far as its last judgement tells. */
function toFailure(
  { watch: { applied }, judgement }: Judged,
  { isIdle, of }: { isIdle: boolean; of: number },
): FailedService[] {
  if (judgement.state === 'healthy') return [];
  const troubles = 'troubles' in judgement ? judgement.troubles : [];
  const places = 'places' in judgement ? judgement.places : 0;
  const text = isIdle ? `${judgement.text}; nothing has changed for a long time` : judgement.text;
  const limit = isIdle ? 'no-activity' : null;
  return [{ applied, troubles, places, text, limit, isOneOfSeveral: of > 1 }];
}

/** The same look without waiting for anything: why it is not done by now. */
export async function diagnoseRollout(
  deps: TrackerDeps,
  rollout: AppliedRollout,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const watches = rollout.workloads.map((applied) => new ServiceWatch(deps, applied, rollout));
  const judged = await lookAt(watches, { deps, rollout, signal });
  return diagnoseFailure(
    deps.api,
    failedFirst(judged).flatMap((one, _, all) => toFailure(one, { isIdle: false, of: all.length })),
    signal,
  );
}
