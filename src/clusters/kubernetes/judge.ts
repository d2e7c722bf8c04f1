import type { AppliedWorkload } from '../cluster.ts';
import { at, numberOf, textOf, timeOf } from '../json-reading.ts';
import { blockedTrouble } from './blocked.ts';
import type { Budgets } from './budgets.ts';
import { describeCrash, withLikelyCause } from './crash.ts';
import { conditionOf, desiredOf, progressOf } from './done-rule.ts';
import { borneWhileOthersEnd, neverEnding } from './ending-pods.ts';
import { supersededBy } from './foreign-change.ts';
import { borneIfMended } from './mended.ts';
import type { KubeObject } from './objects.ts';
import { isOwn } from './own-pods.ts';
import type { Trouble } from './pod-trouble.ts';
import { containerViews, lastEndOf, newPodsOf, restartsOf, stageOf } from './pods.ts';
import { gatherTroubles, type PodsInTrouble, ranked } from './pods-in-trouble.ts';
import { killedByProbe } from './readiness.ts';
import { findWrongImage } from './running-images.ts';
import { rememberMoments, restartsByPod, type WatchMemory } from './watch-memory.ts';

/** One look at a workload. */
export interface Look {
  /** null: it is gone. */
  workload: KubeObject | null;
  /** All that its selector finds. */
  pods: KubeObject[];
  /** Events of pods and workload, as far as they were asked for, oldest first, by uid. */
  events: ReadonlyMap<string, KubeObject[]>;
  troubledNodes: string[];
  /** Nodes of pods that keep us waiting, as far as they are known to be lost: what runs there tells nobody how it is. */
  lostNodes: string[];
  /** Our clock, in milliseconds. */
  now: number;
}

export interface JudgeSettings {
  budgets: Budgets;
  /** When the rollout was applied, by the cluster's clock. */
  appliedAt: string;
}

export type Judgement =
  | { state: 'waiting'; text: string; troubles: PodsInTrouble[]; recheckAt: number }
  /** Healthy, by the status, by what runs, and since `since`. */
  | { state: 'healthy'; since: number; notes: string[] }
  | { state: 'failed' | 'timed-out'; troubles: PodsInTrouble[]; newPods: number; text: string }
  | { state: 'superseded' | 'lost' | 'suspended' | 'partial'; text: string };

/** Decides where a rollout stands; pure but for `memory`, which it keeps. */
export function judge(
  applied: AppliedWorkload,
  look: Look,
  { memory, ...settings }: JudgeSettings & { memory: WatchMemory },
): Judgement {
  const { workload, now } = look;
  if (workload === null) return { state: 'lost', text: `${applied.name} is gone` };
  if (workload.metadata.uid !== applied.uid) {
    return { state: 'lost', text: `${applied.name} was deleted and made anew by somebody else` };
  }
  const foreign = supersededBy(workload, applied);
  if (foreign !== undefined) return { state: 'superseded', text: foreign };
  const pods = look.pods.filter((pod) => isOwn(pod, workload));
  const newPods = newPodsOf(pods, applied);
  rememberMoments(memory, newPods);
  const progress = progressOf(workload, { ...look, generation: applied.generation, pods, newPods });
  const lasting = neverEnding(pods, memory, now);
  const waits = { workload, newPods, lasting, text: 'the cluster has not seen the change yet' };
  if (progress.state === 'stale') {
    // A StatefulSet whose first pod is refused never says that it has seen anything; a Deployment's word is out of date.
    return workload.kind === 'Deployment'
      ? waiting(waits.text, [])
      : judgeWaiting(waits, look, { ...settings, memory });
  }
  if (progress.state === 'suspended' || progress.state === 'partial') return progress;
  const relapse = findRelapse(newPods, look, memory);
  if (relapse !== undefined)
    return { state: 'failed', troubles: [relapse], newPods: newPods.length, text: '' };
  if (progress.state === 'done') {
    const notes = [...progress.notes, ...lasting.map(({ message }) => message)];
    return judgeHealthy({ applied, newPods, memory, now, notes });
  }
  memory.healthy = undefined;
  return judgeWaiting({ ...waits, text: progress.text }, look, { ...settings, memory });
}

function waiting(text: string, troubles: PodsInTrouble[], recheckAt = Number.POSITIVE_INFINITY): Judgement {
  return { state: 'waiting', text, troubles, recheckAt };
}

/** A pod that was healthy and restarted since. */
function findRelapse(
  newPods: KubeObject[],
  { events }: Look,
  { healthy }: WatchMemory,
): PodsInTrouble | undefined {
  if (healthy === undefined) return undefined;
  for (const pod of newPods) {
    const before = healthy.restarts.get(textOf(pod.metadata.uid));
    if (before === undefined) continue;
    const ended = containerViews(pod).find((view) => !view.isInit && lastEndOf(view).exitCode !== undefined);
    const isDown = ended !== undefined && at(ended.status, 'state', 'running') === undefined;
    if (ended !== undefined && (restartsOf(pod) > before || isDown)) {
      const end = withLikelyCause(ended, describeCrash(ended, true));
      const trouble = killedByProbe(ended, events.get(textOf(pod.metadata.uid)) ?? [], end) ?? end;
      return { trouble: { ...trouble, message: `${trouble.message}, after it had been ready` }, pods: [pod] };
    }
  }
  return undefined;
}

interface Healthy {
  applied: AppliedWorkload;
  newPods: KubeObject[];
  memory: WatchMemory;
  now: number;
  notes: string[];
}

function judgeHealthy({ applied, newPods, memory, now, notes }: Healthy): Judgement {
  const wrong = findWrongImage(newPods, applied);
  if (wrong !== undefined) return { state: 'failed', troubles: [wrong], newPods: newPods.length, text: '' };
  const known = memory.healthy;
  const isSame =
    known !== undefined &&
    known.restarts.size === newPods.length &&
    newPods.every((pod) => known.restarts.has(textOf(pod.metadata.uid)));
  const healthy = isSame ? known : { since: now, restarts: restartsByPod(newPods) };
  memory.healthy = healthy;
  memory.firstSeen.clear();
  return { state: 'healthy', since: healthy.since, notes };
}

function judgeWaiting(
  state: { workload: KubeObject; newPods: KubeObject[]; lasting: Trouble[]; text: string },
  look: Look,
  settings: JudgeSettings & { memory: WatchMemory },
): Judgement {
  const { workload, newPods, text } = state;
  const { troubles, further } = gatherTroubles(newPods, look, settings);
  for (const trouble of state.lasting) troubles.push({ trouble, pods: [] });
  const blocked = newPods.length < desiredOf(workload) ? blockedTrouble(workload, look, settings) : undefined;
  if (blocked !== undefined) {
    const borne = borneWhileOthersEnd(blocked, look.pods, { ...settings, now: look.now });
    troubles.push({ trouble: borneIfMended(borne, settings.memory), pods: [] });
  }
  const deadlines = noteTroubles(troubles, { now: look.now, newPods }, settings.memory);
  const endsAt = Math.min(
    endOfPods(newPods, { troubles, deadlines, isDeployment: workload.kind === 'Deployment' }),
    blocked === undefined ? Number.POSITIVE_INFINITY : (deadlines.at(-1) ?? Number.POSITIVE_INFINITY),
  );
  if (endsAt <= look.now) {
    settings.memory.overdue = troubles.flatMap(({ trouble }) => trouble.missing ?? []);
    return { state: 'failed', troubles: [...ranked(troubles), ...further], newPods: newPods.length, text };
  }
  if (missedDeadline(workload, settings.appliedAt)) {
    const seconds = numberOf(at(workload, 'spec', 'progressDeadlineSeconds'), 0);
    // Trouble of a pod says what it does; without any, its stage is all there is to say.
    const stages = troubles.length === 0 ? stagesText(newPods) : '';
    const missed = `${text}${stages}; no progress for ${seconds} s (progressDeadlineSeconds)`;
    const all = [...ranked(troubles), ...further];
    return { state: 'timed-out', troubles: all, newPods: newPods.length, text: missed };
  }
  return waiting(text, ranked(troubles), endsAt);
}

/** ` (2 starting, 1 ready)`; nothing where there are no pods. */
function stagesText(pods: KubeObject[]): string {
  const counts = Map.groupBy(pods, stageOf);
  const parts = [...counts].map(([stage, { length }]) => `${length} ${stage}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/**
 * Remembers since when each trouble has lasted, and forgets those that have passed.
 * @returns for each trouble when it stops being tolerable: by the pod that has had it longest
 */
function noteTroubles(
  troubles: PodsInTrouble[],
  { now, newPods }: { now: number; newPods: readonly KubeObject[] },
  { firstSeen }: WatchMemory,
): number[] {
  // Between two pods, nothing is seen of what both have.
  const stays = (key: string) => newPods.length === 0 && key.startsWith(` ${ofTemplate}`);
  const current = new Map([...firstSeen].filter(([key]) => stays(key)));
  const deadlines = troubles.map(({ trouble, pods }) => {
    const owners = trouble.isOfTemplate ? [ofTemplate] : ownersOf(pods);
    const { borneFor = '' } = trouble;
    const keys = owners.map((owner) => `${borneFor} ${owner} ${trouble.class} ${trouble.container}`);
    for (const key of keys) current.set(key, firstSeen.get(key) ?? now);
    return Math.min(...keys.map((key) => current.get(key) ?? now)) + trouble.toleranceMs;
  });
  firstSeen.clear();
  for (const [key, since] of current) firstSeen.set(key, since);
  return deadlines;
}

const ofTemplate = 'template';

function ownersOf(pods: readonly KubeObject[]): string[] {
  return pods.length === 0 ? ['workload'] : pods.map((pod) => textOf(pod.metadata.uid));
}

interface PodDeadlines {
  troubles: PodsInTrouble[];
  /** When each of the troubles stops being tolerable. */
  deadlines: number[];
  isDeployment: boolean;
}

/**
 * When the rollout has failed because of its pods. A pod that cannot live is enough where pods follow each other; a
 * Deployment has others, as long as one may live. What should have passed by itself and has not, though, has had its
 * time, in how few pods ever.
 */
function endOfPods(newPods: KubeObject[], { troubles, deadlines, isDeployment }: PodDeadlines): number {
  if (newPods.length === 0) return Number.POSITIVE_INFINITY;
  const ends = newPods.map((pod) => {
    const index = troubles.findIndex(({ pods }) => pods.includes(pod));
    const isHopeless = troubles[index]?.trouble.toleranceMs === 0;
    return { isHopeless, at: deadlines[index] ?? Number.POSITIVE_INFINITY };
  });
  const all = ends.map((end) => end.at);
  const mayWait = isDeployment ? ends.filter(({ isHopeless }) => !isHopeless).map((end) => end.at) : all;
  return Math.min(...mayWait, Math.max(...all));
}

/** The condition of an earlier rollout may still stand there: only a newer one counts. */
function missedDeadline(workload: KubeObject, appliedAt: string): boolean {
  const progressing = conditionOf(workload, 'Progressing');
  if (progressing.reason !== 'ProgressDeadlineExceeded') return false;
  return timeOf(progressing.lastTransitionTime) >= timeOf(appliedAt);
}
