import {
  nodeImage,
  type RolloutsUnderTest,
  startRollouts,
} from '../../test/clusters/kubernetes/rollouts-under-test.ts';
import { manifest, programs } from '../../test/steps/deployables.ts';
import { type Figure, figureOf } from '../figures.ts';

const replicas = 3;

/** From the end of the apply to the verdict, in turns: ours without soak, and `kubectl rollout status`. */
export async function benchGood(n: number): Promise<Figure[]> {
  await using ours = await startRollouts();
  await using theirs = await startRollouts();
  const pairs: { ours: number; floor: number }[] = [];
  // The first one has no old pods: it is not measured.
  for (let round = 0; round <= n; round++) {
    const text = version(round);
    const pair = { floor: await throughKubectl(theirs, text), ours: await throughTracker(ours, text) };
    if (round > 0) pairs.push(pair);
  }
  const facts = { figure: `good rollout of ${replicas} replicas, apply to verdict`, unit: 'ms' };
  return figureOf({ ...facts, goals: [{ of: 'ratio.median', atMost: 1.05 }] }, pairs);
}

function version(round: number): string {
  return manifest({
    spec: { replicas },
    container: {
      image: nodeImage,
      command: ['/bin/sh', '-c', `touch /tmp/up; ${programs.serve}`],
      env: [{ name: 'VERSION', value: String(round) }],
      readinessProbe: { exec: { command: ['test', '-e', '/tmp/up'] }, periodSeconds: 1 },
    },
  });
}

async function throughTracker(rollouts: RolloutsUnderTest, text: string): Promise<number> {
  const applied = await rollouts.apply(text);
  const since = performance.now();
  const { outcome } = await rollouts.watch(applied);
  if (outcome !== 'succeeded') throw new Error(`a good rollout ended as ${outcome}`);
  return performance.now() - since;
}

/** The same apply: a command that still ends while the rollout is under way would hide some of its time. */
async function throughKubectl({ apply, kubectl }: RolloutsUnderTest, text: string): Promise<number> {
  await apply(text);
  const since = performance.now();
  await kubectl('rollout', 'status', 'deployment/cart');
  return performance.now() - since;
}
