import type { RolloutPlan } from '../../clusters/cluster.ts';
import type { Deployment } from './deployment.ts';
import type { PodsBefore } from './journal.ts';
import { runningNames } from './usage.ts';

/** What gates compare with; to be asked before anything is written. Nothing, where no gate does. */
export async function podsBefore(
  { cluster, context, step }: Deployment,
  plan: Pick<RolloutPlan, 'workloads' | 'colours'>,
): Promise<{ podsBefore?: PodsBefore }> {
  const comparing = step.gates?.filter(({ baseline }) => baseline !== undefined) ?? [];
  if (comparing.length === 0 || step.restore !== undefined) return {};
  const running = { workloads: runningNames(plan), deployIds: null };
  const found = (await cluster.scraping?.read(running, context.signal)) ?? null;
  const pods = found?.pods.map(({ name }) => name) ?? [];
  const nothing = found === null ? 'the pods that run now cannot be listed' : 'nothing runs yet';
  for (const { name } of pods.length === 0 ? comparing : [])
    context.log.line(`gate ${name}: ${nothing}: there is nothing to compare with`);
  return { podsBefore: { at: new Date().toISOString(), pods } };
}
