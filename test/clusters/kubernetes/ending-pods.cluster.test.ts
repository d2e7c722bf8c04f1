import { expect, test } from 'vitest';
import { manifest, programs } from '../../steps/deployables.ts';
import { waitFor } from '../../support/wait-for.ts';
import { watching } from '../contract/cluster-under-test.ts';
import { nodeImage, startRollouts } from './rollouts-under-test.ts';

const never = new AbortController().signal;
const serving = (version: string) =>
  manifest({
    kind: 'StatefulSet',
    container: { image: nodeImage, command: ['/bin/sh', '-c', `# ${version}\n${programs.serve}`] },
  });

test('a rollout that waits for an old pod which does not end names the finalizer, and goes on when that is gone', async () => {
  await using rollouts = await startRollouts();
  await rollouts.watch(await rollouts.apply(serving('one')));
  const setFinalizers = (finalizers: string[]) =>
    rollouts.kubectl(
      'patch',
      'pod',
      'cart-0',
      '--type=merge',
      '-p',
      JSON.stringify({ metadata: { finalizers } }),
    );
  await setFinalizers(['trunkline.test/hold']);
  const lines: string[] = [];

  const applied = await rollouts.apply(serving('two'));
  const verdict = rollouts.cluster.watch(
    applied,
    { ...watching(), onProgress: (line) => lines.push(line) },
    never,
  );
  const isSaid = () => lines.some((line) => line.includes('does not end'));
  await waitFor(isSaid, { what: 'a word about the pod that does not end', deadlineMs: 60_000 }).finally(() =>
    setFinalizers([]),
  );

  expect(lines).toContain(
    'statefulset/cart: pod cart-0 does not end: kept by its finalizer trunkline.test/hold',
  );
  expect(await verdict).toMatchObject({ outcome: 'succeeded' });
});

test('a new pod that finds room once the old one has taken its time to end is no failure, however short room is waited for', async () => {
  // Shorter than the old pod takes to end, longer than a scheduler that has been refused rests before it looks again (10 s).
  await using rollouts = await startRollouts({ unschedulableMs: 20_000 });
  const apart = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'cart' } } };
  const alone = (script: string) =>
    manifest({
      container: { image: nodeImage, command: ['/bin/sh', '-c', script] },
      pod: {
        terminationGracePeriodSeconds: 60,
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart] } },
      },
      spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
    });
  await rollouts.watch(
    await rollouts.apply(alone('trap "sleep 30; exit 0" TERM; while :; do sleep 1; done')),
  );

  const verdict = await rollouts.watch(await rollouts.apply(alone(programs.serve)));

  expect(verdict).toMatchObject({ outcome: 'succeeded' });
});
