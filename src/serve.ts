import { once } from 'node:events';
import { fstatSync, statSync, writeSync } from 'node:fs';
import type { Logger } from 'pino';
import { CliError, exitCodes } from './cli/cli-error.ts';
import { readServerConfig } from './cli/read-server-config.ts';
import type { ServerFlags } from './config/load-server-config.ts';
import { processEnvironment } from './config/process-environment.ts';
import type { ServerConfig } from './config/server-config.ts';
import { endOnSurprise } from './end-on-surprise.ts';
import type { RunWorker } from './runs/run-worker.ts';
import { findWorkerDatabase } from './wiring/database.ts';
import { createLogger } from './wiring/logger.ts';
import { giveBackMemoryAtRest } from './wiring/memory-at-rest.ts';
import { openServer } from './wiring/server.ts';
import { openWorker } from './wiring.ts';
import { openWorkerHome } from './worker-home.ts';

/** `trunkline serve`: until a signal; the first one drains, a second one ends. */
export async function serve(flags: ServerFlags): Promise<void> {
  const config = await readConfig(flags);
  const logger = await createLogger();
  endOnSurprise((error) => logger.fatal({ err: error }, lastWords));
  const signals = listenForSignals();
  await using server = await openServer(config, logger);
  using _memory = giveBackMemoryAtRest();
  greet(config, server, logger);
  await endWithSignals(signals, server.worker, logger);
}

/** `trunkline worker`: a further worker of a server, on this machine or another. */
export async function work(flags: ServerFlags): Promise<void> {
  const config = await readConfig(flags);
  const logger = await createLogger();
  endOnSurprise((error) => logger.fatal({ err: error }, lastWords));
  const signals = listenForSignals();
  const databaseUrl = await findWorkerDatabase(config, logger, signals.stopping);
  await using home = await openWorkerHome(config.dataDir);
  await using parts = await openWorker({ config, logger, home, databaseUrl });
  using _memory = giveBackMemoryAtRest();
  logger.info({ workerId: home.workerId, concurrency: config.concurrency }, 'worker is ready');
  await endWithSignals(signals, parts.worker, logger);
}

const lastWords =
  'an error that nobody has foreseen ends this process; its runs go on at another worker, or at the next start';

function readConfig(flags: ServerFlags): Promise<ServerConfig> {
  return readServerConfig({ flags, environment: processEnvironment(), cwd: process.cwd() });
}

function greet(
  config: ServerConfig,
  { address, adminToken }: { address: string; adminToken: string | null },
  logger: Logger,
): void {
  const lines = [`Trunkline listens on ${config.url ?? address}`];
  if (adminToken !== null) {
    lines.push(
      `Admin token, shown this once: ${adminToken}`,
      `  export TRUNKLINE_URL=${address} TRUNKLINE_TOKEN=${adminToken}`,
    );
  }
  if (Object.keys(config.repositories).length === 0) {
    lines.push(
      'No repository is configured yet: write trunkline.yaml and pipelines/, as README.md shows, and start again.',
    );
  }
  try {
    writeSync(process.stdout.fd, `${lines.join('\n')}\n`);
  } catch (error) {
    // A disk that is full is no reason not to serve.
    logger.warn({ err: error }, 'what a start says could not be written');
    if (adminToken !== null) logger.warn(lostToken);
    return;
  }
  if (adminToken !== null && isNowhere(process.stdout.fd)) logger.warn(lostToken);
}

const lostToken =
  'nobody has seen the admin token: make another one on this machine, with `trunkline token create NAME --scope admin --local` and the settings of the server';

/** Whether what is written there is lost, as in /dev/null, which Node.js also takes for an output that was closed. */
function isNowhere(fd: number): boolean {
  return fstatSync(fd).rdev === statSync('/dev/null').rdev;
}

interface Signals {
  /** Aborts with the first one. */
  stopping: AbortSignal;
  first: Promise<unknown>;
  second: Promise<unknown>;
}

function listenForSignals(): Signals {
  const received = new EventTarget();
  const stopping = new AbortController();
  let count = 0;
  // SIGHUP: the terminal has gone, or somebody wants the config read anew, which a restart does. After `nohup` it means nothing.
  const isDeafToHangup = processEnvironment().TRUNKLINE_NOHUP !== undefined;
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (name === 'SIGHUP' && isDeafToHangup) return;
      count += 1;
      received.dispatchEvent(new Event(String(count)));
      stopping.abort(new CliError(exitCodes.done, 'stopped before it was ready'));
    });
  }
  return { stopping: stopping.signal, first: once(received, '1'), second: once(received, '2') };
}

async function endWithSignals(signals: Signals, worker: RunWorker, logger: Logger): Promise<void> {
  await signals.first;
  logger.info(
    { runs: worker.activeRuns() },
    'draining: steps in hand are finished; a second signal ends them now',
  );
  const ended = signals.second.then(() => {
    logger.warn(
      { runs: worker.activeRuns() },
      'ending now: another worker, or the next start, continues the runs',
    );
    return worker.shutDown();
  });
  await Promise.race([worker.drain(), ended]);
}
