import type { Logger } from 'pino';
import { findDecidable } from '../config/awaited-pipelines.ts';
import type { PipelineCatalogue } from '../config/pipeline-catalogue.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { HttpDependencies, RepeatReceipt } from '../http/dependencies.ts';
import { createRegistries } from '../images/registries.ts';
import { followLog, type Look } from '../logs/live-log.ts';
import { readLog } from '../logs/log-reader.ts';
import { SharedLooks } from '../logs/shared-looks.ts';
import { requestCancel } from '../runs/cancel-run.ts';
import { decideApproval } from '../runs/decide-approval.ts';
import { redeliverRun } from '../runs/deliver-run.ts';
import { previewPromotion } from '../runs/preview-promotion.ts';
import { rerunRun, retryRun } from '../runs/repeat-run.ts';
import { requestPromotion } from '../runs/request-promotion.ts';
import { type RollbackDependencies, requestRollback } from '../runs/request-rollback.ts';
import { otherCluster } from '../steps/deploy/other-cluster.ts';
import type { AnnouncedRevision } from '../store/announcements.ts';
import type { Db } from '../store/database.ts';
import { isWoken } from '../store/waiting-runs.ts';
import { acceptGitHook } from '../triggers/accept-git-hook.ts';
import { acceptHook } from '../triggers/accept-hook.ts';
import { deliverStoredRun } from '../triggers/deliver-stored-run.ts';
import type { EventWorker } from '../triggers/event-worker.ts';
import { explainEvent } from '../triggers/explain-event.ts';
import { createIntake } from '../triggers/intake.ts';
import { replayEvent } from '../triggers/replay-event.ts';
import { requestRun } from '../triggers/request-run.ts';
import { version } from '../version.ts';
import type { WorkerParts } from '../wiring.ts';
import { deliverWith } from './deliver.ts';
import { createDigestCheck } from './digest-check.ts';
import { startDependencies } from './start-dependencies.ts';

export interface HttpSetting {
  config: ServerConfig;
  logger: Logger;
  catalogue: PipelineCatalogue;
  parts: WorkerParts;
  events: EventWorker;
}

/** What the HTTP face stands on. */
export function httpDependencies(setting: HttpSetting): HttpDependencies {
  const { config, logger, catalogue, parts, events } = setting;
  const { db } = parts.store;
  const looks = new SharedLooks<Look>();
  const findPipeline = (name: string) => findDecidable(catalogue, name);
  const deliver = deliverWith(parts);
  const announce = (announced: AnnouncedRevision) => events.announce(announced);
  const again = deployAgainWith(setting);
  const inbox = { db, intake: createIntake(db), repositories: config.repositories, announce };

  async function repeat(make: (tx: Db) => Promise<RepeatReceipt>): Promise<RepeatReceipt> {
    const receipt = await db.transaction().execute(make);
    if ('runId' in receipt) await deliverStoredRun({ deliverRun: deliver, logger }, receipt.runId);
    return receipt;
  }

  return {
    db,
    listen: (channel, handler) => parts.store.listen(channel, handler),
    config,
    version,
    logger,
    catalogue,
    acceptHook: (hook) => acceptHook(inbox, hook),
    acceptGitHook: (hook) => acceptGitHook(inbox, hook),
    requestRun: (wish, signal) => requestRun({ db, ...startDependencies(setting) }, wish, signal),
    explainEvent: (eventId) => explainEvent(db, eventId),
    replayEvent: (eventId) => replayEvent(db, eventId),
    ...wakersWith(setting),
    retryRun: (wish) => repeat((tx) => retryRun(tx, wish)),
    rerunRun: (wish) => repeat((tx) => rerunRun(tx, { ...wish, findPipeline })),
    requestRollback: (wish) => requestRollback(again, wish),
    requestPromotion: (wish) => requestPromotion(again, wish),
    previewPromotion: (wish) => previewPromotion({ ...again, mask: parts.mask }, wish),
    dnsOf: (environment) => parts.clusterOf(environment).dns,
    otherClusterOf: (environment, signal) =>
      otherCluster({ db, cluster: parts.clusterOf(environment), environment }, signal),
    queueDepth: () => parts.queue.depth(),
    seenDisk: () => parts.disk.seen(),
    readLog: (wish) => readLog(db, wish),
    followLog: (wish) => followLog({ ...wish, store: parts.store, looks }),
  };
}

/** What lets a run go on that waits. */
function wakersWith({
  logger,
  parts,
}: HttpSetting): Pick<HttpDependencies, 'decideApproval' | 'requestCancel'> {
  const { db } = parts.store;
  async function deliverIfWoken(runId: string): Promise<void> {
    const deliverRun = () => redeliverRun(db, parts.queue, runId);
    if (await isWoken(db, runId)) await deliverStoredRun({ deliverRun, logger }, runId);
  }
  return {
    async decideApproval(wish) {
      const receipt = await db.transaction().execute((tx) => decideApproval(tx, wish));
      await deliverIfWoken(wish.runId);
      return receipt;
    },
    async requestCancel(wish) {
      const answer = await requestCancel(db, wish);
      await deliverIfWoken(wish.runId);
      return answer;
    },
  };
}

/** What puts into an environment what was built before. */
function deployAgainWith({ config, logger, parts }: HttpSetting): RollbackDependencies {
  return {
    db: parts.store.db,
    allowedIn: (environment: string) => config.environments[environment]?.pipelines ?? null,
    digestExists: createDigestCheck(config, createRegistries(config.registries)),
    deliverRun: (runId: string) => deliverStoredRun({ deliverRun: deliverWith(parts), logger }, runId),
  };
}
