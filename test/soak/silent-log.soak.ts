import { expect, test } from 'vitest';
import type { ContainerLine } from '../../src/clusters/container-line.ts';
import { watching } from '../clusters/contract/cluster-under-test.ts';
import { nodeImage, startRollouts } from '../clusters/kubernetes/rollouts-under-test.ts';
import { manifest } from '../steps/deployables.ts';

const silenceSeconds = 600;

test('the log of a pod that is silent for ten minutes is still followed afterwards, each line once', async () => {
  await using rollouts = await startRollouts();
  const script = `echo before; sleep ${silenceSeconds}; echo after; while :; do sleep 1; done`;
  const container = { image: nodeImage, command: ['/bin/sh', '-c', script] };
  const lines: ContainerLine[] = [];
  const logs = { of: 'one' as const, readUpTo: {}, onLine: (line: ContainerLine) => void lines.push(line) };

  const applied = await rollouts.apply(manifest({ container }));
  const verdict = await rollouts.cluster.watch(
    applied,
    { ...watching(), soakMs: (silenceSeconds + 60) * 1000, logs },
    AbortSignal.timeout((silenceSeconds + 600) * 1000),
  );

  expect(verdict).toMatchObject({ outcome: 'succeeded' });
  expect(lines.map(({ text }) => text)).toEqual(['before', 'after']);
});
