import type { JobVerdict } from '../../cluster-jobs.ts';
import { at, numberOf, textOf } from '../../json-reading.ts';
import { blockedTrouble } from '../blocked.ts';
import type { Budgets } from '../budgets.ts';
import { describeCrash } from '../crash.ts';
import { conditionOf } from '../done-rule.ts';
import { borneIfMended } from '../mended.ts';
import type { KubeObject } from '../objects.ts';
import { type Trouble, troublesOf } from '../pod-trouble.ts';
import { containerViews, isEnding, isReady, lastEndOf, stageOf } from '../pods.ts';
import { momentsOf, newMemory, rememberMoments, type WatchMemory } from '../watch-memory.ts';

/** One look at a job. */
export interface JobLook {
  /** null: it is gone. */
  job: KubeObject | null;
  uid: string;
  pods: KubeObject[];
  /** Of the job and its pods, by uid, as far as they were asked for. */
  events: ReadonlyMap<string, KubeObject[]>;
  /** Our clock, in milliseconds. */
  now: number;
}

export interface JobMemory extends WatchMemory {
  /** How a container failed last: its pod may be gone when the job has failed. */
  lastFailure: Trouble | undefined;
}

export type JobJudgement = { state: 'waiting'; text: string; recheckAt: number } | EndedJob;

export interface EndedJob {
  state: 'ended';
  verdict: JobVerdict;
  /** The trouble that has ended it. */
  by?: TroubledPod;
}

interface TroubledPod {
  trouble: Trouble;
  /** null: there is none yet. */
  pod: KubeObject | null;
}

export function newJobMemory(): JobMemory {
  return { ...newMemory(), lastFailure: undefined };
}

/** Decides where a job stands; pure but for `memory`, which it keeps. */
export function judgeJob(
  look: JobLook,
  { memory, budgets }: { memory: JobMemory; budgets: Budgets },
): JobJudgement {
  const { job, uid, pods, now } = look;
  rememberMoments(memory, pods);
  memory.lastFailure = failureIn(pods) ?? memory.lastFailure;
  if (job === null || job.metadata.uid !== uid) return failed('the Job is gone: somebody has deleted it');
  if (conditionOf(job, 'Complete').status === 'True')
    return { state: 'ended', verdict: { outcome: 'succeeded' } };
  const failure = conditionOf(job, 'Failed');
  if (failure.status === 'True') return endOf(job, memory, textOf(failure.reason));
  const seen = troubleIn(look, { memory, budgets });
  const trouble = seen && borneIfMended(seen.trouble, memory);
  const text = trouble?.message ?? stageText(pods);
  if (trouble === undefined) {
    forgetTroubles(memory, pods);
    return { state: 'waiting', text, recheckAt: Number.POSITIVE_INFINITY };
  }
  const key = `${trouble.class} ${trouble.container}`;
  const since = memory.firstSeen.get(key) ?? now;
  memory.firstSeen.clear();
  memory.firstSeen.set(key, since);
  const until = since + trouble.toleranceMs;
  if (until > now) return { state: 'waiting', text, recheckAt: until };
  memory.overdue = trouble.missing === undefined ? [] : [trouble.missing];
  const { verdict } = failed(trouble.message, trouble.hint);
  return { state: 'ended', verdict, by: { trouble, pod: seen?.pod ?? null } };
}

/** Between two pods, nothing is seen of what both have. */
function forgetTroubles({ firstSeen }: JobMemory, pods: readonly KubeObject[]): void {
  if (pods.length > 0) firstSeen.clear();
}

function failed(cause: string, hint: string | null = null): EndedJob {
  return { state: 'ended', verdict: { outcome: 'failed', cause, hint } };
}

function endOf(job: KubeObject, { lastFailure }: JobMemory, reason: string): JobJudgement {
  if (reason === 'DeadlineExceeded') {
    const seconds = numberOf(at(job, 'spec', 'activeDeadlineSeconds'), 0);
    const cause = `not done within ${seconds} s (activeDeadlineSeconds)`;
    return { state: 'ended', verdict: { outcome: 'timed-out', cause, hint: null } };
  }
  if (lastFailure !== undefined) return failed(lastFailure.message, lastFailure.hint);
  return failed(textOf(conditionOf(job, 'Failed').message) || `the Job has failed: ${reason}`);
}

/** How the newest container to fail ended. */
function failureIn(pods: KubeObject[]): Trouble | undefined {
  const ends = pods.flatMap((pod) =>
    containerViews(pod).filter((view) => {
      const { exitCode } = lastEndOf(view);
      return typeof exitCode === 'number' && exitCode !== 0;
    }),
  );
  const newest = ends.toSorted((left, right) =>
    textOf(lastEndOf(left).finishedAt).localeCompare(textOf(lastEndOf(right).finishedAt)),
  );
  const last = newest.at(-1);
  return last === undefined ? undefined : describeCrash(last, true);
}

/** How often it may fail is for the Job itself to say; here counts what keeps it from running at all. */
const ownAffairs = new Set(['crash', 'out-of-memory', 'never-ready']);

function troubleIn(
  look: JobLook,
  { memory, budgets }: { memory: JobMemory; budgets: Budgets },
): TroubledPod | undefined {
  const { job, pods, events } = look;
  if (job !== null && pods.length === 0) {
    const appliedAt = textOf(job.metadata.creationTimestamp);
    const seen = { ...look, workload: job, troubledNodes: [], lostNodes: [] };
    const trouble = blockedTrouble(job, seen, { budgets, appliedAt });
    return trouble === undefined ? undefined : { trouble, pod: null };
  }
  const alive = pods.filter((pod) => !isEnding(pod) && !hasEnded(pod));
  return alive
    .flatMap((pod) => {
      const uid = textOf(pod.metadata.uid);
      const told = { events: events.get(uid) ?? [], ...momentsOf(memory, pod) };
      const [trouble] = troublesOf(pod, { budgets, ...told });
      return trouble === undefined || ownAffairs.has(trouble.class) ? [] : [{ trouble, pod }];
    })
    .at(0);
}

function hasEnded(pod: KubeObject): boolean {
  return ['Succeeded', 'Failed'].includes(textOf(at(pod, 'status', 'phase')));
}

function stageText(pods: KubeObject[]): string {
  const [newest] = pods
    .filter((pod) => !hasEnded(pod))
    .toSorted((left, right) =>
      textOf(right.metadata.creationTimestamp).localeCompare(textOf(left.metadata.creationTimestamp)),
    );
  if (newest === undefined) return pods.length === 0 ? 'no pod yet' : 'between two pods';
  return `pod ${newest.metadata.name}: ${isReady(newest) ? 'running' : stageOf(newest)}`;
}
