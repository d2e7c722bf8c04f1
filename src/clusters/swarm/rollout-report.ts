import type { ProgressItem } from '../../domain/step-progress.ts';
import type { AppliedRollout, AppliedWorkload, RolloutReport } from '../cluster.ts';
import { isUp, type Judgement, type Look, splitTasks } from './judge.ts';
import { containerNameOf, replicasOf } from './service.ts';
import { hasFailed, type Task } from './task.ts';

/** One service as it was seen and judged. */
export interface SeenService {
  applied: AppliedWorkload;
  look: Look;
  judgement: Judgement;
}

/** Where a rollout stands for people. `soak`: what is left of the time that all must stay healthy, once all are. */
export function rolloutReport(
  services: SeenService[],
  rollout: AppliedRollout,
  soak: { leftMs: number; ofMs: number } | undefined,
): RolloutReport {
  const counts = services.map((service) => countTasks(service, rollout));
  const items = counts.flatMap((count) => count.items);
  if (soak !== undefined) {
    const total = Math.ceil(soak.ofMs / 1000);
    const left = Math.min(total, Math.max(0, Math.ceil(soak.leftMs / 1000)));
    const text = left === 0 ? 'healthy' : `healthy; watched for ${left} s more`;
    return { phase: 'soak', text, done: total - left, total, unit: 'seconds', items };
  }
  const text = services.map(({ applied, judgement }) => `${applied.name}: ${wordsOf(judgement)}`).join('; ');
  const sum = (of: 'ready' | 'wanted') => counts.reduce((all, count) => all + count[of], 0);
  return { phase: 'rollout', text, done: sum('ready'), total: sum('wanted'), unit: 'pods', items };
}

function countTasks({ applied, look }: SeenService, rollout: AppliedRollout) {
  if (look.service === null) return { ready: 0, wanted: 0, items: [] };
  const { places, fresh, old } = splitTasks(look.tasks, { applied, rollout });
  const wanted = replicasOf(look.service.spec) ?? places.length;
  const name = containerNameOf(look.service.spec);
  const items = [
    ...places.map((tasks) => freshItem(name, tasks)),
    ...old.map((task) => itemOf(`${name}.${task.place}`, 'working', `old version: ${task.state}`)),
  ];
  return { ready: Math.min(fresh.filter(isUp).length, wanted), wanted, items };
}

/** @param tasks of one place, newest first */
function freshItem(name: string, tasks: Task[]): ProgressItem {
  const [current] = tasks;
  const failures = tasks.filter(hasFailed).length;
  const restarts = failures === 0 ? '' : `, failed ${failures === 1 ? 'once' : `${failures} times`}`;
  if (current === undefined) return itemOf(name, 'waiting', null);
  return itemOf(`${name}.${current.place}`, stateOf(current), `${wordFor(current)}${restarts}`);
}

function itemOf(name: string, state: ProgressItem['state'], text: string | null): ProgressItem {
  return { name, state, text, done: null, total: null };
}

function stateOf(task: Task): ProgressItem['state'] {
  if (isUp(task)) return 'done';
  if (hasFailed(task)) return 'failed';
  return ['new', 'allocated', 'pending'].includes(task.state) ? 'waiting' : 'working';
}

/** What a task does, in words; swarm's own where they say enough. */
export function wordFor({ state, error }: Task): string {
  if (state === 'preparing') return 'pulling its image';
  if (state === 'pending') return error === '' ? 'waiting for a node' : error;
  return error === '' ? state : `${state}: ${error}`;
}

function wordsOf(judgement: Judgement): string {
  if (judgement.state === 'healthy') return 'healthy';
  const [worst] = 'troubles' in judgement ? judgement.troubles : [];
  const text = judgement.text === '' ? judgement.state : judgement.text;
  return worst === undefined ? text : `${text} (${worst.trouble.message})`;
}
