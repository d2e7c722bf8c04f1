import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { codeOf } from '../config/config-reading.ts';
import { openCatalogue, type PipelineCatalogue } from '../config/pipeline-catalogue.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { Fault } from '../domain/fault.ts';
import { createHttpServer } from '../http/server.ts';
import type { ZodApp } from '../http/zod-app.ts';
import type { RunWorker } from '../runs/run-worker.ts';
import { keepArtifactsYoung } from '../store/keep-artifacts-young.ts';
import { keepLogPartitions } from '../store/log-partitions.ts';
import { keepRetention } from '../store/retention/keep-retention.ts';
import { ensureAdminToken } from '../store/tokens.ts';
import { refuseUnfinishedRestore } from '../store/unfinished-restore.ts';
import { openWorker } from '../wiring.ts';
import { openServerHome } from '../worker-home.ts';
import { openServerDatabase } from './database.ts';
import { httpDependencies } from './http-dependencies.ts';
import { type FetchedFiles, openPinnedFiles } from './pinned-files.ts';
import { openTriggers } from './triggers.ts';

export interface Server extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:7070`. */
  address: string;
  /** Given at the first start only. */
  adminToken: string | null;
  worker: RunWorker;
}

/** Everything: database, worker, watchers, hooks, API. Disposing stops it in reverse; drain the worker first. */
export async function openServer(config: ServerConfig, logger: Logger): Promise<Server> {
  await using opening = new AsyncDisposableStack();
  await refuseUnfinishedRestore(config.dataDir);
  const home = opening.use(await openServerHome(config.dataDir));
  const database = opening.use(await openServerDatabase(config, logger));
  const parts = opening.use(await openWorker({ config, logger, home, databaseUrl: database.url }));
  const { db } = parts.store;
  opening.use(await keepLogPartitions(db, logger));
  opening.use(keepArtifactsYoung(db, config.artifacts.keepMs, logger));
  opening.use(keepRetention(db, config.retention, logger));
  const pinned = opening.use(
    openPinnedFiles({
      sourceOf: parts.sources,
      folder: join(home.folder, 'included'),
      onFault: (file, error) => logger.warn({ err: error, file }, 'An included file not read'),
    }),
  );
  const catalogue = openCatalogue(config.pipelinesDir, config, pinned);
  await Promise.race([readIncluded(catalogue, pinned), pause(includedWithinMs, undefined, { ref: false })]);
  for (const { file, line, message } of catalogue.problems()) {
    logger.warn(`${file}:${line}: ${message}; this file starts nothing`);
  }
  const owner = home.workerId;
  const events = opening.use(await openTriggers({ config, logger, catalogue, parts, owner }));
  const http = await createHttpServer(httpDependencies({ config, logger, catalogue, parts, events }));
  opening.defer(() => http.close());
  const address = await listen(http, config.http);
  // Last of all: nobody would ever see the token of a start that fails after it.
  const adminToken = await ensureAdminToken(db);
  const opened = opening.move();
  return { address, adminToken, worker: parts.worker, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** What is not there by then is waited for by what needs it, not by the server. */
const includedWithinMs = 10_000;

/** An included file may include others. */
async function readIncluded(catalogue: PipelineCatalogue, pinned: FetchedFiles): Promise<void> {
  do catalogue.list();
  while (await pinned.settle());
}

async function listen(http: ZodApp, { host, port }: ServerConfig['http']): Promise<string> {
  try {
    return await http.listen({ host, port });
  } catch (cause) {
    const code = codeOf(cause);
    const hint = listenHints[code];
    if (hint === undefined) throw cause;
    const message = `Cannot listen on ${host}, port ${port} (${code})`;
    throw new Fault('internal', message, { cause, hint, isRetryable: false });
  }
}

const listenHints: Record<string, string> = {
  EADDRINUSE: 'Another program listens there: stop it, or set another PORT.',
  EADDRNOTAVAIL: 'This machine has no such address: set another HOST.',
  EACCES: 'This account may not use that port: set a PORT of 1024 or more.',
  ENOTFOUND: 'The name is unknown: set another HOST.',
};
