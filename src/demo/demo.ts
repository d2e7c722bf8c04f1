import { once } from 'node:events';
import type { DemoFlags } from '../cli/add-demo-command.ts';
import { CliError, exitCodes } from '../cli/cli-error.ts';
import { processTerminal } from '../cli/terminal.ts';
import type { Environment } from '../config/config-reading.ts';
import { readDemoPlan } from './demo-plan.ts';
import { sayFigures } from './figures.ts';
import { makeDemoFolder } from './setup/demo-folder.ts';
import { lockFolder } from './setup/lock-folder.ts';
import { createStages } from './setup/stages.ts';
import { openWorld } from './setup/world.ts';
import { takeTour } from './tour/tour.ts';
import { sayWhatNext } from './what-next.ts';

/**
 * `trunkline demo`: brings up a world on this machine, shows the chain in it from a commit to a rollout and from a broken
 * commit to the rollback, and stays until a signal. Whatever it started ends with it.
 */
export async function demo(flags: DemoFlags, environment: Environment): Promise<void> {
  const startedAt = performance.now();
  const plan = readDemoPlan(flags, environment, process.cwd());
  const terminal = processTerminal();
  const stages = createStages(terminal);
  const signal = abortOnSignals();
  const folder = await makeDemoFolder(plan.dir);
  await using _lock = await lockFolder(folder);
  stages.heading(`Trunkline demo, in ${folder.path}`);
  await using world = await openWorld({ plan, folder, terminal, stages }, signal);
  const { cluster, server, source } = world;
  const chain = { terminal, api: server.api, workingCopy: source.workingCopy, signal };
  const result = await takeTour({ chain, cluster, stages, isShort: plan.once });
  const timings = { ...world.timings, totalMs: performance.now() - startedAt };
  if (plan.once) {
    await world[Symbol.asyncDispose]();
    const clusterKind = plan.kubernetes === null ? 'swarm' : 'kubernetes';
    return sayFigures(terminal, { engine: world.engine, clusterKind, timings, result });
  }
  await sayWhatNext(terminal, { world, folder });
  if (!signal.aborted) await once(signal, 'abort');
  terminal.print('\nEnding what the demo has started ...\n');
}

/** The first signal ends what is under way, and then everything in order; further ones change nothing. */
function abortOnSignals(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => stopping.abort(new CliError(exitCodes.userFailure, 'the demo was stopped')));
  return stopping.signal;
}
