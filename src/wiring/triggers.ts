import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { decidablePipelines } from '../config/awaited-pipelines.ts';
import type { PipelineCatalogue } from '../config/pipeline-catalogue.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { startNotifier } from '../notify/notifier.ts';
import { startStatusReporter } from '../notify/status-reporter.ts';
import { startWebhookWatch } from '../notify/webhook-watch.ts';
import { createRun } from '../runs/create-run.ts';
import { type EventWorker, startEventWorker } from '../triggers/event-worker.ts';
import { startMessageCorrections } from '../triggers/message-corrections.ts';
import { startStarter } from '../triggers/starter.ts';
import { startWatchers } from '../triggers/watchers.ts';
import type { WorkerParts } from '../wiring.ts';
import { deliverWith } from './deliver.ts';
import { startDependencies } from './start-dependencies.ts';

export interface TriggersSetting {
  config: ServerConfig;
  logger: Logger;
  catalogue: PipelineCatalogue;
  parts: Pick<WorkerParts, 'store' | 'queue' | 'sources' | 'worker'>;
  /** The worker's id: the same after a restart. */
  owner: string;
}

/** A server that is away must not keep ours from starting. */
const firstLookMs = 5_000;

/**
 * What turns events into runs: a watcher per repository, and the worker that hands them the hooks. Resolves after a
 * first look at each repository: whoever commits when the server says that it listens, gets a run.
 */
export async function openTriggers(setting: TriggersSetting): Promise<EventWorker> {
  const { config, logger, catalogue, parts, owner } = setting;
  const pipelines = decidablePipelines(catalogue);
  const awaitedAfter = () => catalogue.awaited().flatMap(({ after }) => after ?? []);
  await using opening = new AsyncDisposableStack();
  const watchers = opening.use(
    await startWatchers({
      db: parts.store.db,
      repositories: config.repositories,
      sourceControlOf: parts.sources,
      catalogue: pipelines,
      createRun,
      deliverRun: deliverWith(parts),
      owner,
      logger,
    }),
  );
  await Promise.race([watchers.haveLooked, pause(firstLookMs, undefined, { ref: false })]);
  const events = opening.use(await startEventWorker({ store: parts.store, watchers, logger }));
  const { store, sources: sourceControlOf } = parts;
  opening.use(await startMessageCorrections({ store, sourceControlOf, logger }));
  const starts = startDependencies(setting);
  opening.use(await startStarter({ store, catalogue: pipelines, awaitedAfter, ...starts }));
  opening.use(await openForges(setting));
  for (const notifier of Object.values(config.notify))
    opening.use(await startNotifier({ store, notifier, url: config.url, logger }));
  const opened = opening.move();
  return { announce: (hook) => events.announce(hook), [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** What speaks with Git servers beside Git itself. */
async function openForges({ config, parts, logger }: TriggersSetting): Promise<AsyncDisposable> {
  await using opening = new AsyncDisposableStack();
  for (const { name, ...repository } of Object.values(config.repositories)) {
    if (repository.kind !== 'git' || repository.statuses === null) continue;
    const { statuses } = repository;
    const telling = { store: parts.store, repository: name, statuses, url: config.url, logger };
    opening.use(await startStatusReporter(telling));
    if (statuses.forge === 'gitlab') opening.use(startWebhookWatch(telling));
  }
  return opening.move();
}
