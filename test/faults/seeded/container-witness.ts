import { setTimeout as delay } from 'node:timers/promises';
import { ownerLabels } from '../../../src/images/container-options.ts';
import { runCommand } from '../../support/run-command.ts';

/** One container of a step, as the engine itself tells of it; `endedAt` is infinite while it runs. */
export type Stay = { run: string; step: string; startedAt: number; endedAt: number; exitCode: number | null };

export type ContainerWitness = AsyncDisposable & {
  /** Takes over all that the engine knows by now. */
  look(): Promise<void>;
  /** To be told when the engine has been restarted, and all containers in it with it: it forgets its events then. */
  engineRestarted(): void;
  stays(): Stay[];
};

/** The engine keeps its last 256 events, and others use it too. */
const betweenMs = 500;

/** Sees which containers an engine ran for steps, without asking Trunkline. */
export function watchContainers(engine: string): ContainerWitness {
  const since = Date.now();
  const stays = new Map<string, Stay>();
  const stopping = new AbortController();
  const look = async () => {
    for (const event of await eventsSince(engine, since)) note(stays, event);
  };
  const watch = async () => {
    while (!stopping.signal.aborted) {
      // While the engine is away nothing happens in it.
      await look().catch(() => undefined);
      await delay(betweenMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const watching = watch();
  return {
    look,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
    },
    engineRestarted() {
      const endedAt = Date.now();
      for (const stay of stays.values())
        if (stay.endedAt === Number.POSITIVE_INFINITY) stay.endedAt = endedAt;
    },
    stays: () => [...stays.values()].toSorted((a, b) => a.startedAt - b.startedAt),
  };
}

type EngineEvent = {
  Action: string;
  timeNano: number;
  Actor: { ID: string; Attributes: Record<string, string> };
};

async function eventsSince(engine: string, since: number): Promise<EngineEvent[]> {
  const printed = await runCommand('docker', [
    ...['-H', engine, 'events', '--format', '{{json .}}', '--filter', `label=${ownerLabels.run}`],
    ...['--since', String(since / 1000), '--until', String(Date.now() / 1000)],
  ]);
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line): EngineEvent => JSON.parse(line));
}

function note(stays: Map<string, Stay>, { Action, timeNano, Actor }: EngineEvent): void {
  const at = timeNano / 1e6;
  const { [ownerLabels.run]: run = '', [ownerLabels.step]: step = '', exitCode } = Actor.Attributes;
  if (Action === 'start' && !stays.has(Actor.ID))
    stays.set(Actor.ID, { run, step, startedAt: at, endedAt: Number.POSITIVE_INFINITY, exitCode: null });
  const stay = stays.get(Actor.ID);
  if (Action === 'die' && stay !== undefined)
    Object.assign(stay, { endedAt: at, exitCode: Number(exitCode) });
}
