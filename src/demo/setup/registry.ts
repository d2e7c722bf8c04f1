import { writeFile } from 'node:fs/promises';
import type { Engine } from '../engine/engine.ts';
import type { Daemons, RunningDaemon } from './daemons.ts';

export interface RegistrySetting {
  engine: Engine;
  /** Where it listens, at the engine's address. */
  host: string;
  /** Images and config are kept here. */
  folder: string;
  daemons: Daemons;
}

/** Starts an image registry beside the engine, so that both reach it by the same name. */
export async function startRegistry(
  { engine, host, folder, daemons }: RegistrySetting,
  signal: AbortSignal,
): Promise<RunningDaemon> {
  const file = `${folder}.json`;
  await writeFile(file, JSON.stringify(configuration(host, folder)));
  const [command = '', ...args] = [...engine.beside, 'docker-registry', 'serve', file];
  const answers = async () => (await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(1_000) })).ok;
  return daemons.start({ name: 'registry', command, args, isReady: answers }, signal);
}

/** The registry reads YAML, of which JSON is a part. */
function configuration(host: string, folder: string): object {
  return {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: folder }, delete: { enabled: true } },
    http: { addr: host },
  };
}
