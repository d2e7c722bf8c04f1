import { expect, test } from 'vitest';
import { manifest, programs } from '../../steps/deployables.ts';
import { nodeImage, startRollouts } from './rollouts-under-test.ts';

test('pods that find no room on the nodes are told before anything is applied', async () => {
  await using rollouts = await startRollouts();
  const noted = async (memory: string) => {
    const command = ['/bin/sh', '-c', programs.serve];
    const container = { image: nodeImage, command, resources: { requests: { memory } } };
    const notes = await rollouts.notesOf(manifest({ spec: { replicas: 2 }, container }));
    return notes.filter((note) => note.includes('[no-room]'));
  };

  expect(await noted('1Ki')).toEqual([]);
  expect(await noted('1Pi')).toEqual([
    expect.stringMatching(/^warning: deployment\/\S+: of the 2 pods that this rollout adds .* 0 fit/),
  ]);
});

test('where a node keeps nothing for itself, its kubelet is asked what it is configured with', async () => {
  await using rollouts = await startRollouts();
  const { items } = JSON.parse(await rollouts.kubectl('get', 'nodes', '-o', 'json'));
  const [{ metadata, status }] = items;
  const keepsSomething = status.capacity.cpu !== status.allocatable.cpu;

  const notes = await rollouts.notesOf(manifest({ container: { image: nodeImage } }));

  const said = `${metadata.name} says: kubeReserved none, systemReserved none, evictionHard `;
  expect(notes.some((note) => note.includes(said))).toBe(!keepsSomething);
});
