import { expect, test } from 'vitest';
import { manifest, programs } from '../../steps/deployables.ts';
import { waitFor } from '../../support/wait-for.ts';
import { nodeImage, startRollouts } from './rollouts-under-test.ts';

test('a quota without room for what a rollout adds is told before anything is applied', async () => {
  await using rollouts = await startRollouts();
  const container = {
    image: nodeImage,
    command: ['/bin/sh', '-c', programs.serve],
    resources: { requests: { cpu: '10m' } },
  };
  const warnings = async (replicas: number) =>
    (await rollouts.notesOf(manifest({ spec: { replicas }, container }))).filter((note) =>
      note.includes('quota'),
    );
  await rollouts.kubectl('create', 'quota', 'few', '--hard=pods=2,requests.cpu=1');
  const counted = ['get', 'quota', 'few', '-o', 'jsonpath={.status.hard}'];
  await waitFor(async () => (await rollouts.kubectl(...counted)) !== '', { what: 'the quota to be counted' });

  const fitting = await warnings(2);
  const first = await warnings(5);
  await rollouts.watch(await rollouts.apply(manifest({ spec: { replicas: 2 }, container })));
  const surging = await warnings(2);

  expect(fitting).toEqual([]);
  expect(first).toEqual([
    expect.stringContaining('the quota few has too little room for the pods that this rollout adds'),
  ]);
  expect(surging).toEqual([expect.stringContaining('2 of 2 pods are used, it needs 1 pods more')]);
});
