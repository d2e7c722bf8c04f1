import type { Run } from '../src/http/schemas/run.ts';
import { baseImage, dockerEngine } from '../test/support/docker.ts';
import { runCommand } from '../test/support/run-command.ts';
import { openSite } from '../test/support/site.ts';
import type { Trunkline } from '../test/support/trunkline.ts';
import { type BenchReport, figureOf, machine } from './figures.ts';

const warmUp = 2;
const command = 'echo built';

/** A run of one `run` step, from the request to its end and its step alone, against `docker run` in turns. */
export async function benchContainerStep(n = 30): Promise<BenchReport> {
  await using site = await openSite();
  const { host: engine } = await dockerEngine();
  const image = await baseImage();
  await site.commit({ 'file.txt': '0\n' });
  await using trunkline = await site.serve({ pipelines: { cart: pipelineOf(image) } });

  const steps: Pair[] = [];
  const runs: Pair[] = [];
  for (let round = -warmUp; round < n; round += 1) {
    const own = await timeRun(trunkline);
    const began = performance.now();
    await runCommand('docker', ['-H', engine, 'run', '--rm', image, '/bin/sh', '-c', command]);
    const floor = performance.now() - began;
    if (round < 0) continue;
    steps.push({ ours: own.stepMs, floor });
    runs.push({ ours: own.runMs, floor });
  }
  const goals = [{ of: 'ratio.median', atMost: 1.1 }];
  return {
    name: 'container-step',
    machine: machine(),
    n,
    figures: [
      ...figureOf({ figure: 'the step, from its begin to its end', unit: 'ms', goals }, steps),
      ...figureOf({ figure: 'the whole run, from the request to its end', unit: 'ms', goals }, runs),
    ],
  };
}

type Pair = { ours: number; floor: number };

function pipelineOf(image: string): string {
  return JSON.stringify({
    name: 'cart',
    source: { repository: 'shop', path: 'services/cart' },
    steps: [{ id: 'build', run: { image, commands: [command] } }],
  });
}

/** By the times on record, which are of this machine's clock: asking for the end would be late. */
async function timeRun({ api }: Trunkline): Promise<{ stepMs: number; runMs: number }> {
  const requestedAt = Date.now();
  const { id } = await api.requestRun();
  const run = await api.waitForOutcome(id, 'succeeded');
  const [step] = run.steps;
  if (step === undefined) throw new Error(`run ${id} has no step`);
  return {
    stepMs: timeBetween(step),
    runMs: timeBetween({ ...run, startedAt: new Date(requestedAt).toISOString() }),
  };
}

function timeBetween({ startedAt, endedAt }: Pick<Run, 'startedAt' | 'endedAt'>): number {
  return Date.parse(endedAt ?? '') - Date.parse(startedAt ?? '');
}
