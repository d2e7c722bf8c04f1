import type { AppliedWorkload, RolloutReport } from '../cluster.ts';
import { desiredOf } from './done-rule.ts';
import type { Judgement, Look } from './judge.ts';
import { isOwn } from './own-pods.ts';
import { podItems } from './pod-report.ts';
import { isReady, newPodsOf } from './pods.ts';

/** One workload as it was seen and judged; without `look` it was not seen yet. */
export interface SeenWorkload {
  applied: AppliedWorkload;
  look: Look | undefined;
  judgement: Judgement;
}

/** Where a rollout stands for people. `soak`: what is left of the time that all must stay healthy, once all are. */
export function rolloutReport(
  workloads: SeenWorkload[],
  soak: { leftMs: number; ofMs: number } | undefined,
): RolloutReport {
  const counts = workloads.map(countPods);
  const items = counts.flatMap((count) => count.items);
  if (soak !== undefined) {
    const total = Math.ceil(soak.ofMs / 1000);
    const left = Math.min(total, Math.max(0, Math.ceil(soak.leftMs / 1000)));
    const text = left === 0 ? 'healthy' : `healthy; watched for ${left} s more`;
    return { phase: 'soak', text, done: total - left, total, unit: 'seconds', items };
  }
  const text = workloads.map(({ applied, judgement }) => `${applied.name}: ${wordsOf(judgement)}`).join('; ');
  const sum = (of: 'ready' | 'desired') => counts.reduce((all, count) => all + count[of], 0);
  const total = workloads.some(({ look }) => look === undefined) ? null : sum('desired');
  return { phase: 'rollout', text, done: sum('ready'), total, unit: 'pods', items };
}

function countPods({ applied, look }: SeenWorkload) {
  const { workload = null, pods = [], events = new Map() } = look ?? {};
  if (workload === null) return { ready: 0, desired: 0, items: [] };
  const own = pods.filter((pod) => isOwn(pod, workload));
  const desired = desiredOf(workload);
  const ready = newPodsOf(own, applied).filter(isReady).length;
  const items = podItems({ deployId: applied.deployId, pods: own, events });
  return { ready: Math.min(ready, desired), desired, items };
}

function wordsOf(judgement: Judgement): string {
  if (judgement.state === 'healthy') return 'healthy';
  const [worst] = 'troubles' in judgement ? judgement.troubles : [];
  const text = judgement.text === '' ? judgement.state : judgement.text;
  return worst === undefined ? text : `${text} (${worst.trouble.message})`;
}
