import { initLoopbackSwarm } from '../../src/clusters/swarm/init-swarm.ts';
import { runCommand } from './run-command.ts';
import { type SpareEngine, startSpareEngine } from './spare-engine.ts';

export type SpareSwarm = AsyncDisposable & {
  engine: SpareEngine;
  /** Runs docker on its engine and returns what it printed. */
  docker(...args: string[]): Promise<string>;
};

/** A swarm of one node, empty, on an engine of its own: nothing of the machine's engine is changed. Needs root. */
export async function startSpareSwarm(): Promise<SpareSwarm> {
  await using opened = new AsyncDisposableStack();
  const engine = opened.use(await startSpareEngine());
  const docker = (...args: string[]) => runCommand('docker', ['-H', engine.host, ...args]);
  const made = await initLoopbackSwarm(engine.host, AbortSignal.timeout(60_000));
  if (made === null) throw new Error('a new engine is in a swarm already');
  opened.defer(async () => {
    // Ends the tasks, and takes the networks down that an engine that just ends would leave on the machine.
    await docker('swarm', 'leave', '--force').catch(() => undefined);
    await docker('network', 'rm', 'docker_gwbridge').catch(() => undefined);
  });
  const owned = opened.move();
  return { engine, docker, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
