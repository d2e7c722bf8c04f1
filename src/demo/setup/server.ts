import { access, readFile, writeFile } from 'node:fs/promises';
import { type ApiClient, createApiClient } from '../../cli/api-client.ts';
import { loadServerConfig } from '../../config/load-server-config.ts';
import { Fault } from '../../domain/fault.ts';
import { renderProblem } from '../../domain/problem.ts';
import { Secret } from '../../domain/secret.ts';
import { createFileLogger } from '../../wiring/logger.ts';
import { openServer } from '../../wiring/server.ts';
import type { DemoFolder } from './demo-folder.ts';

export interface DemoServer extends AsyncDisposable {
  address: string;
  token: string;
  api: ApiClient;
}

/** Starts the server that `trunkline serve` starts, with the demo's trunkline.yaml; it logs to a file. */
export async function startServer(folder: DemoFolder, config: string): Promise<DemoServer> {
  const read = await loadServerConfig({ flags: { config }, environment: {}, cwd: folder.path });
  if ('problems' in read) {
    const problems = read.problems.map((problem) => renderProblem(problem, { color: false }));
    throw new Fault('internal', `The config of the demo has mistakes:\n${problems.join('\n')}`);
  }
  await using opening = new AsyncDisposableStack();
  const logger = createFileLogger(folder.at('log/server.log'));
  const server = opening.use(await openServer(read.config, logger));
  const token = await keepToken(folder.inside('token'), server.adminToken);
  const api = createApiClient({ url: server.address, token: new Secret(token) });
  const opened = opening.move();
  return { address: server.address, token, api, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** The server shows its first token once; a later demo in the same folder needs it again. */
async function keepToken(file: string, shown: string | null): Promise<string> {
  if (shown !== null) await writeFile(file, shown, { mode: 0o600 });
  await access(file).catch((cause: unknown) => {
    throw new Fault('internal', `The token of this demo's server is gone: there is no ${file}`, {
      cause,
      hint: 'Remove the folder of the demo and start again.',
    });
  });
  return (await readFile(file, 'utf8')).trim();
}
