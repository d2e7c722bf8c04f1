import { expect, test } from 'vitest';
import type { ContainerLine } from '../../../src/clusters/container-line.ts';
import { manifest, programs } from '../../steps/deployables.ts';
import { waitFor } from '../../support/wait-for.ts';
import { watching } from '../contract/cluster-under-test.ts';
import { nodeImage, startRollouts } from './rollouts-under-test.ts';

const says = (script: string) => ({ image: nodeImage, command: ['/bin/sh', '-c', script] });

interface Watched {
  script: string;
  of: 'one' | 'all';
  replicas?: number;
  readUpTo?: Record<string, string>;
}

/** Watches a rollout to its end, and keeps what its pods have written. */
async function watched({ script, of, replicas = 1, readUpTo = {} }: Watched) {
  await using rollouts = await startRollouts();
  const lines: ContainerLine[] = [];
  const logs = { of, readUpTo, onLine: (line: ContainerLine) => void lines.push(line) };
  const applied = await rollouts.apply(manifest({ container: says(script), spec: { replicas } }));
  const options = { ...watching(), soakMs: 1_500, logs };
  const verdict = await rollouts.cluster.watch(applied, options, AbortSignal.timeout(150_000));
  return { verdict, lines, rollouts };
}

test.concurrent('what one pod of each container writes is told while the rollout goes on', async () => {
  const { verdict, lines } = await watched({
    script: `echo hello; ${programs.serve}`,
    of: 'one',
    replicas: 2,
  });

  expect(verdict).toMatchObject({ outcome: 'succeeded' });
  expect(lines.map(({ text }) => text)).toEqual(['hello', 'serving']);
  expect(lines[0]).toMatchObject({ container: expect.stringMatching(/^cart-/) });
});

test.concurrent('what all pods write is told where that is wanted', async () => {
  const { lines } = await watched({ script: `echo hello; ${programs.serve}`, of: 'all', replicas: 2 });

  expect(lines.filter(({ text }) => text === 'hello')).toHaveLength(2);
  expect(new Set(lines.map(({ source }) => source)).size).toBe(2);
});

test.concurrent('a talkative container is cut short, with the way to read the rest', async () => {
  const { lines } = await watched({ script: `seq 1 2000; ${programs.serve}`, of: 'one' });

  expect(lines).toHaveLength(501);
  expect(lines[499]?.text).toBe('500');
  expect(lines[500]?.text).toMatch(/left out; read it with: kubectl -n \S+ logs cart-\S+ -c api/);
});

test.concurrent('each life of a container that crashes is told once', async () => {
  const { verdict, lines } = await watched({ script: 'echo started; sleep 1; exit 3', of: 'one' });

  expect(verdict).toMatchObject({ outcome: 'failed' });
  const marks = lines.map(({ mark }) => mark);
  expect(marks).toEqual([...new Set(marks)].toSorted());
  expect(lines.length).toBeLessThanOrEqual(2);
  expect(lines[0]?.text).toBe('started');
});

test.concurrent('a second watcher goes on where the first has stopped', async () => {
  await using rollouts = await startRollouts();
  const script = 'n=0; while :; do n=$((n+1)); echo $n; sleep 0.2; done';
  const probe = { exec: { command: ['/bin/false'] }, periodSeconds: 1 };
  const applied = await rollouts.apply(manifest({ container: { ...says(script), readinessProbe: probe } }));
  const texts: string[] = [];
  const readUpTo: Record<string, string> = {};
  const onLine = ({ source, mark, text }: ContainerLine) => {
    texts.push(text);
    readUpTo[source] = mark;
  };
  const watchUntil = async (count: number) => {
    const stop = new AbortController();
    const logs = { of: 'one' as const, readUpTo: { ...readUpTo }, onLine };
    const watching_ = rollouts.cluster.watch(applied, { ...watching(), logs }, stop.signal);
    await waitFor(() => texts.length >= count, { what: `${count} lines`, deadlineMs: 60_000 });
    stop.abort(new Error('enough'));
    await expect(watching_).rejects.toThrow('enough');
  };

  await watchUntil(5);
  await watchUntil(15);

  expect(texts).toEqual(texts.map((_, index) => String(index + 1)));
});
