import type { AppliedRollout, AppliedWorkload } from '../cluster.ts';
import { timeOf } from '../json-reading.ts';
import type { Budgets } from './budgets.ts';
import { containerNameOf, imageOf, orderOf, replicasOf, type Service } from './service.ts';
import { taskDeployIdOf } from './stamp.ts';
import { hasEnded, hasFailed, type Task } from './task.ts';
import type { ContainerFacts, ImageCheck } from './task-facts.ts';
import { describeCrash, type Trouble, troubleOf } from './task-trouble.ts';

/** One look at a service. */
export interface Look {
  /** null: it is gone. */
  service: Service | null;
  tasks: Task[];
  facts: ReadonlyMap<string, ContainerFacts>;
  images: ReadonlyMap<string, ImageCheck>;
  /** Our clock, in milliseconds. */
  now: number;
}

/** What is remembered from look to look. */
export interface Memory {
  /** Since when all has run, and which tasks that were. */
  healthy: { since: number; tasks: Set<string> } | undefined;
  /** Since when each trouble lasts. */
  firstSeen: Map<string, number>;
}

/** A trouble with the tasks that have it. */
export interface TasksInTrouble {
  trouble: Trouble;
  tasks: Task[];
}

export type Judgement =
  | { state: 'waiting'; text: string; troubles: TasksInTrouble[]; places: number; recheckAt: number }
  /** All runs, since `since`; `isSettled`: the swarm regards its update as done too. */
  | { state: 'healthy'; since: number; isSettled: boolean }
  | { state: 'failed'; text: string; troubles: TasksInTrouble[]; places: number }
  | { state: 'superseded' | 'lost'; text: string };

export interface Judged {
  applied: AppliedWorkload;
  rollout: AppliedRollout;
  budgets: Budgets;
  memory: Memory;
}

/** Decides where the rollout of one service stands; pure but for `memory`, which it keeps. */
export function judge({ applied, rollout, budgets, memory }: Judged, look: Look): Judgement {
  const { service, now } = look;
  if (service === null) return { state: 'lost', text: `${applied.name} is gone` };
  const foreign = supersededBy(service, applied);
  if (foreign !== undefined) return { state: 'superseded', text: foreign };
  const views = splitTasks(look.tasks, { applied, rollout });
  const context = {
    container: containerNameOf(service.spec),
    budgets,
    facts: look.facts,
    images: look.images,
    isHandingOver: views.old.length > 0 && orderOf(service.spec) === 'stop-first',
  };
  const relapse = findRelapse(views.fresh, { memory, settleMs: budgets.settleMs, look });
  if (relapse !== undefined) {
    const crash = describeCrash(relapse, { ...context, failures: budgets.crashes, isLast: true });
    const trouble = { ...crash, message: `${crash.message}, after it had been running` };
    return {
      state: 'failed',
      text: '',
      troubles: [{ trouble, tasks: [relapse] }],
      places: views.places.length,
    };
  }
  const wanted = replicasOf(service.spec) ?? placesWanted(look.tasks);
  const running = views.fresh.filter(isUp);
  if (running.length >= wanted && views.old.length === 0) {
    memory.firstSeen.clear();
    return judgeHealthy(running, { memory, now, updateState: service.updateState });
  }
  memory.healthy = undefined;
  const text = waitingText({ running: running.length, wanted, old: views.old.length, service });
  const troubles = gather(views.places, context);
  const endsAt = noteTroubles(troubles, now, memory);
  const places = views.places.length;
  if (endsAt <= now) return { state: 'failed', text, troubles: ranked(troubles), places };
  return { state: 'waiting', text, troubles: ranked(troubles), places, recheckAt: endsAt };
}

/** Somebody has changed what the service runs since it was applied: then its fate is no longer ours. Scaling does not count. */
function supersededBy({ spec }: Service, applied: AppliedWorkload): string | undefined {
  const deployId = taskDeployIdOf(spec);
  if (deployId !== applied.deployId) {
    const by = deployId === null ? 'somebody else' : `the deployment ${deployId}`;
    return `${applied.name} was changed to another version by ${by}`;
  }
  const [image] = Object.values(applied.images);
  if (image === imageOf(spec)) return undefined;
  return `the image of ${applied.name} was changed to ${imageOf(spec)} by somebody else`;
}

export interface TaskViews {
  /** Tasks of the version that is rolled out. */
  fresh: Task[];
  /** Tasks of another version that have not ended yet. */
  old: Task[];
  /** The fresh ones by their place, newest first. */
  places: Task[][];
}

export function splitTasks(
  tasks: Task[],
  { applied, rollout }: { applied: AppliedWorkload; rollout: AppliedRollout },
): TaskViews {
  // A version that was gone back to has older tasks as well, of which the failed ones prove nothing.
  const since = rollout.replaces === null ? Number.NEGATIVE_INFINITY : timeOf(rollout.appliedAt);
  const isOfVersion = (task: Task) => task.deployId === applied.deployId;
  const fresh = tasks.filter(
    (task) =>
      isOfVersion(task) && (task.createdAt >= since || (task.desired === 'running' && !hasEnded(task))),
  );
  const places = [...Map.groupBy(fresh, ({ place }) => place).values()].map((list) =>
    list.toSorted((left, right) => right.createdAt - left.createdAt),
  );
  return { fresh, places, old: tasks.filter((task) => !isOfVersion(task) && !hasEnded(task)) };
}

export function isUp({ state, desired }: Task): boolean {
  return state === 'running' && desired === 'running';
}

/** For a service with a task on each node. */
function placesWanted(tasks: Task[]): number {
  return new Set(tasks.filter(({ desired }) => desired === 'running').map(({ place }) => place)).size;
}

/**
 * A task that ran, with all others, and has ended since. One that ran for a moment only crashes at its start, however
 * late a busy node tells.
 */
function findRelapse(
  fresh: Task[],
  { memory: { healthy }, settleMs, look }: { memory: Memory; settleMs: number; look: Look },
): Task | undefined {
  if (healthy === undefined || look.now - healthy.since < settleMs) return undefined;
  const ranMs = ({ id }: Task) => (look.facts.get(id)?.lifetimeSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  return fresh.find((task) => healthy.tasks.has(task.id) && hasFailed(task) && ranMs(task) >= settleMs);
}

function judgeHealthy(
  running: Task[],
  { memory, now, updateState }: { memory: Memory; now: number; updateState: string },
): Judgement {
  const known = memory.healthy;
  const isSame =
    known !== undefined &&
    known.tasks.size === running.length &&
    running.every(({ id }) => known.tasks.has(id));
  const healthy = isSame ? known : { since: now, tasks: new Set(running.map(({ id }) => id)) };
  memory.healthy = healthy;
  return { state: 'healthy', since: healthy.since, isSettled: updateState !== 'updating' };
}

function waitingText(counts: { running: number; wanted: number; old: number; service: Service }): string {
  const { running, wanted, old, service } = counts;
  const leaving = old === 0 ? '' : `, ${old} of the old version not gone yet`;
  const paused =
    service.updateState === 'paused' ? `; the swarm has paused the update: ${service.updateMessage}` : '';
  return `${running} of ${wanted} tasks of the new version running${leaving}${paused}`;
}

/** Tasks with the same trouble belong together. */
function gather(places: Task[][], context: Parameters<typeof troubleOf>[1]): TasksInTrouble[] {
  const found = new Map<string, TasksInTrouble>();
  for (const tasks of places) {
    const trouble = troubleOf(tasks, context);
    const worst = tasks.find(hasFailed) ?? tasks[0];
    if (trouble === undefined || worst === undefined) continue;
    const key = `${trouble.class} ${trouble.toleranceMs}`;
    const entry = found.get(key) ?? { trouble, tasks: [] };
    found.set(key, { ...entry, tasks: [...entry.tasks, worst] });
  }
  return [...found.values()];
}

/** One replica that cannot be is enough: a swarm does not go on without it. @returns when the first one is lost */
function noteTroubles(troubles: TasksInTrouble[], now: number, { firstSeen }: Memory): number {
  const current = new Map<string, number>();
  const deadlines = troubles.flatMap(({ trouble, tasks }) =>
    tasks.map(({ place }) => {
      const key = `${place} ${trouble.class}`;
      const since = firstSeen.get(key) ?? now;
      current.set(key, since);
      return since + trouble.toleranceMs;
    }),
  );
  firstSeen.clear();
  for (const [key, since] of current) firstSeen.set(key, since);
  return Math.min(Number.POSITIVE_INFINITY, ...deadlines);
}

/** The hopeless first, then what most tasks have. */
function ranked(troubles: TasksInTrouble[]): TasksInTrouble[] {
  return troubles.toSorted((left, right) => {
    const [one, other] = [left.trouble.toleranceMs, right.trouble.toleranceMs];
    return one === other ? right.tasks.length - left.tasks.length : one - other;
  });
}
