import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface EmbeddedPostgresHolder {
  databasePid: number;
  /** Ends the server process with SIGKILL; its database is left to itself. */
  kill(): Promise<void>;
}

/** A server process of its own that runs the embedded database of `dataDir`. */
export async function holdEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgresHolder> {
  const program = fileURLToPath(new URL('hold-embedded-postgres.ts', import.meta.url));
  const child = spawn(process.execPath, [program, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  return {
    databasePid: Number(String(line).split(' ')[1]),
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
