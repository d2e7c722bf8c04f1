import type { AppliedRollout, Diagnosis, RolloutReport, RolloutVerdict, WatchOptions } from '../cluster.ts';
import { at, numberOf, recordOf } from '../json-reading.ts';
import { createProgressLines, type ProgressLines } from '../progress-lines.ts';
import { createWakeup } from '../wakeup.ts';
import { createActivityClock } from './activity-clock.ts';
import type { Budgets } from './budgets.ts';
import { diagnoseFailure, type FailedWorkload, idle } from './diagnosis.ts';
import { type Judgement, judge, type Look } from './judge.ts';
import { PodLogs } from './pod-logs.ts';
import { partOf } from './pods.ts';
import { rolloutReport } from './rollout-report.ts';
import { passServices, type ServiceGateDeps, unservedOf } from './service-gate.ts';
import { step } from './stepping.ts';
import { WorkloadWatch, type WorkloadWatchDeps } from './workload-watch.ts';

export interface TrackerDeps extends WorkloadWatchDeps, ServiceGateDeps {
  budgets: Budgets;
}

interface Judged {
  watch: WorkloadWatch;
  look: Look | undefined;
  judgement: Judgement;
  /** By the state that was judged. */
  minReadyMs: number;
}

/** Time alone changes a judgement too: windows end, and what no watch tells is asked for. */
const longestWaitMs = 2_000;
/** While the soak is counted down for people. */
const soakTickMs = 1_000;
/** How often Services are looked at that do not lead to the new pods yet. */
const serviceTickMs = 1_000;

/** Watches a rollout until its end is certain, driven by what the cluster reports. */
export async function trackRollout(
  deps: TrackerDeps,
  { rollout, options }: { rollout: AppliedRollout; options: WatchOptions },
  signal: AbortSignal,
): Promise<RolloutVerdict> {
  const wakeup = createWakeup();
  const watches = rollout.workloads.map(
    (applied) => new WorkloadWatch(deps, { applied, rollout }, wakeup.wake),
  );
  const lines = createProgressLines('cluster', options.onProgress);
  const activity = createActivityClock(watches);
  await using logs = options.logs && new PodLogs(deps, options.logs);
  try {
    for (const watch of watches) watch.start();
    for (;;) {
      signal.throwIfAborted();
      lines.contact(watches.find(({ failure }) => failure !== undefined)?.failure);
      const judged = await judgeAll(deps, { watches, rollout }, signal);
      tellPods(judged, lines, logs);
      const isIdle = activity.idleMs() > deps.budgets.noActivityMs;
      const end = conclude(judged, { soakMs: options.soakMs, isIdle });
      const shown = report(judged, end, options);
      if (end.state === 'ended') {
        const verdict = await stepOrSettle(deps, { end, rollout, isIdle }, signal);
        if ('outcome' in verdict) return verdict;
        lines.line(verdict.waitsFor);
        options.onReport({ ...shown, text: verdict.waitsFor });
      }
      if (end.state === 'soaking')
        lines.line(`healthy; watched for ${Math.ceil(options.soakMs / 1000)} s more`);
      await wakeup.wait(waitMsOf(end), signal);
    }
  } finally {
    await Promise.all(watches.map((watch) => watch.stop()));
  }
}

function tellPods(judged: Judged[], lines: ProgressLines, logs: PodLogs | undefined): void {
  for (const { watch, judgement } of judged) {
    lines.workload(watch.applied.name, judgement, watch.newPods.map(partOf));
    logs?.take(watch.applied.name, watch.newPods);
  }
}

function waitMsOf(conclusion: Conclusion): number {
  if (conclusion.state === 'ended') return serviceTickMs;
  const longest = conclusion.state === 'soaking' ? soakTickMs : longestWaitMs;
  return Math.max(1, Math.min(longest, conclusion.recheckAt - performance.now()));
}

function report(judged: Judged[], conclusion: Conclusion, { soakMs, onReport }: WatchOptions): RolloutReport {
  const seen = judged.map(({ watch, look, judgement }) => ({ applied: watch.applied, look, judgement }));
  const isSoaked =
    conclusion.state === 'ended' && judged.every(({ judgement }) => judgement.state === 'healthy');
  const isSoaking = soakMs > 0 && (conclusion.state === 'soaking' || isSoaked);
  const leftMs = conclusion.state === 'soaking' ? conclusion.recheckAt - performance.now() : 0;
  const shown = rolloutReport(seen, isSoaking ? { leftMs, ofMs: soakMs } : undefined);
  onReport(shown);
  return shown;
}

/** Nothing fails before a last look at what no watch tells. */
async function judgeAll(
  deps: TrackerDeps,
  { watches, rollout }: { watches: WorkloadWatch[]; rollout: AppliedRollout },
  signal: AbortSignal,
): Promise<Judged[]> {
  const judged = watches.map((watch) => judgeWatch(deps, watch, rollout));
  const failed = judged.filter(({ judgement }) => judgement.state === 'failed');
  if (failed.length === 0) return judged;
  await Promise.all(failed.map(({ watch }) => watch.lookAgain(signal)));
  return watches.map((watch) => judgeWatch(deps, watch, rollout));
}

function judgeWatch(deps: TrackerDeps, watch: WorkloadWatch, { appliedAt }: AppliedRollout): Judged {
  const look = watch.look();
  const unseen: Judgement = {
    state: 'waiting',
    text: 'not seen yet',
    troubles: [],
    recheckAt: Number.POSITIVE_INFINITY,
  };
  const settings = { budgets: deps.budgets, appliedAt, memory: watch.memory };
  const judgement = look === undefined ? unseen : judge(watch.applied, look, settings);
  const spec = look?.workload?.spec as { minReadySeconds?: number } | undefined;
  return { watch, look, judgement, minReadyMs: numberOf(spec?.minReadySeconds, 0) * 1000 };
}

type Ended = { state: 'ended'; judged: Judged[]; isIdle: boolean };
type Conclusion = { state: 'waiting' | 'soaking'; recheckAt: number } | Ended;

function conclude(judged: Judged[], { soakMs, isIdle }: { soakMs: number; isIdle: boolean }): Conclusion {
  // What is healthy may be as calm as it likes.
  const isStuck = isIdle && judged.some(({ judgement }) => judgement.state === 'waiting');
  const ended: Conclusion = { state: 'ended', judged, isIdle: isStuck };
  const isOver = ({ judgement }: Judged) => !['waiting', 'healthy', 'partial'].includes(judgement.state);
  if (judged.some(isOver)) return ended;
  const waiting = judged.flatMap(({ judgement }) =>
    judgement.state === 'waiting' ? [judgement.recheckAt] : [],
  );
  if (waiting.length > 0) return isIdle ? ended : { state: 'waiting', recheckAt: Math.min(...waiting) };
  // Being available already took `minReadySeconds` of health.
  const until = judged.map(({ judgement, minReadyMs }) =>
    judgement.state === 'healthy' ? judgement.since + Math.max(0, soakMs - minReadyMs) : 0,
  );
  const recheckAt = Math.max(...until);
  return recheckAt <= performance.now() ? ended : { state: 'soaking', recheckAt };
}

/** What is stepped is over only after its last step; a step is made while everything is healthy. */
async function stepOrSettle(
  deps: TrackerDeps,
  ending: { end: Ended; rollout: AppliedRollout; isIdle: boolean },
  signal: AbortSignal,
): Promise<RolloutVerdict | { waitsFor: string }> {
  const { judged } = ending.end;
  if (ending.rollout.replaces !== null || judged.some(({ judgement }) => judgement.state !== 'healthy'))
    return settle(deps, ending, signal);
  const workloads = judged.flatMap(({ look }) => look?.workload ?? []);
  const steps = await Promise.all(workloads.map((workload) => step(deps, workload, signal)));
  const waitsFor = steps.filter((line) => line !== undefined).join('; ');
  return waitsFor === '' ? settle(deps, ending, signal) : { waitsFor };
}

/** The verdict, once the Services lead to what is healthy; else what they lack. */
async function settle(
  deps: TrackerDeps,
  { end, rollout, isIdle }: { end: Ended; rollout: AppliedRollout; isIdle: boolean },
  signal: AbortSignal,
): Promise<RolloutVerdict | { waitsFor: string }> {
  const verdict = await toVerdict(deps, end, signal);
  if (verdict.outcome !== 'succeeded') return verdict;
  return passServices(deps, { verdict, rollout, versions: versionsOf(end.judged), isIdle }, signal);
}

function versionsOf(judged: Judged[]) {
  return judged.map(({ watch, look }) => ({
    name: watch.applied.name,
    uid: watch.applied.uid,
    template: recordOf(at(look?.workload, 'spec', 'template')),
    newPods: watch.newPods,
  }));
}

async function toVerdict(
  deps: TrackerDeps,
  { judged, isIdle }: { judged: Judged[]; isIdle: boolean },
  signal: AbortSignal,
): Promise<RolloutVerdict> {
  const states = judged.map(({ judgement }) => judgement.state);
  if (isIdle || states.includes('failed') || states.includes('timed-out')) {
    const failures = failedFirst(judged).flatMap(toFailure);
    const workloads = isIdle ? failures.map((failure) => idle(failure, deps.budgets.noActivityMs)) : failures;
    const diagnosis = await diagnoseFailure(deps.evidence, workloads, signal);
    return { outcome: states.includes('failed') ? 'failed' : 'timed-out', diagnosis };
  }
  const other = judged.map(({ judgement }) => judgement).find(isOtherEnd);
  if (other !== undefined) return { outcome: other.state, cause: other.text };
  return {
    outcome: 'succeeded',
    images: [...new Set(judged.flatMap(({ watch }) => Object.values(watch.applied.images)))],
    notes: judged.flatMap(({ watch, judgement }) =>
      judgement.state === 'healthy' ? judgement.notes.map((note) => `${watch.applied.name}: ${note}`) : [],
    ),
  };
}

function failedFirst(judged: Judged[]): Judged[] {
  const isFailed = ({ judgement }: Judged) => judgement.state === 'failed' || judgement.state === 'timed-out';
  return [...judged.filter(isFailed), ...judged.filter((entry) => !isFailed(entry))];
}

type OtherEnd = Extract<Judgement, { state: 'superseded' | 'lost' | 'suspended' | 'partial' }>;

function isOtherEnd(judgement: Judgement): judgement is OtherEnd {
  return ['superseded', 'lost', 'suspended', 'partial'].includes(judgement.state);
}

/** Why a workload is not healthy, as far as its last judgement tells. */
function toFailure({ watch, judgement }: Judged, _: number, { length }: Judged[]): FailedWorkload[] {
  const { name, uid } = watch.applied;
  if (judgement.state === 'healthy') return [];
  const troubles = 'troubles' in judgement ? judgement.troubles : [];
  const limit = judgement.state === 'timed-out' ? 'deadline' : null;
  const pods = { appliedAt: watch.appliedAt, newPods: watch.newPods.length };
  return [{ name, uid, ...pods, troubles, text: judgement.text, limit, isOneOfSeveral: length > 1 }];
}

/** The same look without waiting for anything: why it is not done by now. */
export async function diagnoseRollout(
  deps: TrackerDeps,
  rollout: AppliedRollout,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const wakeup = createWakeup();
  const watches = rollout.workloads.map(
    (applied) => new WorkloadWatch(deps, { applied, rollout }, wakeup.wake),
  );
  try {
    for (const watch of watches) watch.start();
    while (watches.some((watch) => watch.look() === undefined)) await wakeup.wait(longestWaitMs, signal);
    await Promise.all(watches.map((watch) => watch.askNow(signal)));
    const judged = watches.map((watch) => judgeWatch(deps, watch, rollout));
    const failures = judged.flatMap(toFailure);
    const isHealthy = judged.every(({ judgement }) => judgement.state === 'healthy');
    const versions = versionsOf(judged);
    const unserved = isHealthy
      ? await unservedOf(deps, { rollout, versions, isIdle: false }, signal)
      : undefined;
    if (unserved !== undefined) failures.push(unserved);
    return await diagnoseFailure(deps.evidence, failures, signal);
  } finally {
    await Promise.all(watches.map((watch) => watch.stop()));
  }
}
