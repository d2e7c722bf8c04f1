import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type SharedResource, testRunVariable } from './ask-test-run.ts';
import { importBaseImage } from './base-image.ts';
import { joinMachine } from './cluster/machine.ts';
import { startPostgresServer } from './postgres-server.ts';
import { makeTemplateDatabase } from './template-database.ts';
import { temporaryFolder } from './temporary-folder.ts';

type Starters = Record<SharedResource, () => Promise<string>>;

/**
 * Begins a test run in this process: its children (and itself) can ask for what it shares, over a Unix socket named
 * in the environment. Disposing ends all that the run started. Vitest has one around all test files; a program that
 * uses `test/support` on its own makes one first.
 */
export async function startTestRun(): Promise<AsyncDisposable> {
  const opened = new AsyncDisposableStack();
  const machine = opened.use(joinMachine());
  const starters: Starters = {
    postgres: async () => {
      const { url } = opened.use(await startPostgresServer());
      await makeTemplateDatabase(url);
      return url;
    },
    engine: () => machine.engine(),
    'base-image': async () => importBaseImage(await machine.engine()),
    cluster: () => machine.cluster(),
  };
  const folder = opened.use(await temporaryFolder());
  const socketPath = join(folder.path, 'run.sock');
  const server = createServer(answerWith(starters));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  process.env[testRunVariable] = socketPath;
  opened.defer(() => {
    delete process.env[testRunVariable];
    server.closeAllConnections();
    server.close();
  });
  return opened;
}

function answerWith(
  starters: Starters,
): (incoming: IncomingMessage, answer: ServerResponse) => Promise<void> {
  const started = new Map<string, Promise<string>>();
  return async ({ url = '/' }, answer) => {
    const name = url.slice(1);
    try {
      if (!(name in starters)) throw new Error('there is no such resource');
      const starting = started.get(name) ?? starters[name as SharedResource]();
      started.set(name, starting);
      answer.end(await starting);
    } catch (error) {
      answer.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  };
}
