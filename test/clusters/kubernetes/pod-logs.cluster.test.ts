import { expect, test } from 'vitest';
import type { RolloutReport } from '../../../src/clusters/cluster.ts';
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
  /** How many lines are waited for, at least. */
  lines: number;
}

/** Watches a rollout until all its pods are ready and so many lines have come, and returns what they have written. */
async function watched({ script, of, replicas = 1, lines: wanted }: Watched): Promise<ContainerLine[]> {
  await using rollouts = await startRollouts();
  const lines: ContainerLine[] = [];
  const stop = new AbortController();
  let isReady = false;
  const logs = { of, readUpTo: {}, onLine: (line: ContainerLine) => void lines.push(line) };
  const onReport = ({ phase }: RolloutReport) => {
    isReady = phase === 'soak';
  };
  const applied = await rollouts.apply(manifest({ container: says(script), spec: { replicas } }));
  const options = { ...watching(), soakMs: 600_000, logs, onReport };
  const watching_ = rollouts.cluster.watch(applied, options, stop.signal);
  await waitFor(() => isReady && lines.length >= wanted, { what: `${wanted} lines`, deadlineMs: 120_000 });
  stop.abort(new Error('enough'));
  await expect(watching_).rejects.toThrow('enough');
  return lines;
}

test.concurrent('what one pod of each container writes is told while the rollout goes on', async () => {
  const script = `echo hello; ${programs.serve}`;

  const lines = await watched({ script, of: 'one', replicas: 2, lines: 2 });

  expect(lines.map(({ text }) => text)).toEqual(['hello', 'serving']);
  expect(lines[0]).toMatchObject({ container: expect.stringMatching(/^cart-/) });
});

test.concurrent('what all pods write is told where that is wanted', async () => {
  const script = `echo hello; ${programs.serve}`;

  const lines = await watched({ script, of: 'all', replicas: 2, lines: 4 });

  expect(lines.filter(({ text }) => text === 'hello')).toHaveLength(2);
  expect(new Set(lines.map(({ source }) => source)).size).toBe(2);
});

test.concurrent('a talkative container is cut short, with the way to read the rest', async () => {
  const lines = await watched({ script: `seq 1 2000; ${programs.serve}`, of: 'one', lines: 501 });

  expect(lines).toHaveLength(501);
  expect(lines[499]?.text).toBe('500');
  expect(lines[500]?.text).toMatch(/left out; read it with: kubectl -n \S+ logs cart-\S+ -c api/);
});

test.concurrent('each life of a container that crashes is told once', async () => {
  await using rollouts = await startRollouts();
  const lines: ContainerLine[] = [];
  const logs = { of: 'one' as const, readUpTo: {}, onLine: (line: ContainerLine) => void lines.push(line) };
  const unready = { exec: { command: ['/bin/false'] }, failureThreshold: 1_000 };
  const script = 'echo started; while [ ! -e /tmp/go ]; do sleep 0.1; done; exit 3';
  const container = { ...says(script), readinessProbe: unready };
  const applied = await rollouts.apply(manifest({ container }));

  const watching_ = rollouts.cluster.watch(applied, { ...watching(), logs }, AbortSignal.timeout(200_000));
  for (const lives of [1, 2]) {
    await waitFor(() => lines.length >= lives, { what: `the line of life ${lives}`, deadlineMs: 90_000 });
    const [pod = ''] = (lines[0]?.source ?? '').split('/');
    await rollouts.kubectl('exec', pod, '--', 'touch', '/tmp/go');
  }

  expect(await watching_).toMatchObject({ outcome: 'failed', diagnosis: { causes: [{ class: 'crash' }] } });
  expect(lines.map(({ text }) => text)).toEqual(['started', 'started']);
  expect(lines[1]?.mark).not.toBe(lines[0]?.mark);
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
