import type { Logger } from 'pino';
import type { ClusterDns } from '../clusters/cluster-dns.ts';
import type { PipelineCatalogue } from '../config/pipeline-catalogue.ts';
import type { EnvironmentConfig, ServerConfig } from '../config/server-config.ts';
import type { CancelReceipt, CancelWish } from '../runs/cancel-run.ts';
import type { DecisionReceipt, DecisionWish } from '../runs/decide-approval.ts';
import type { SeenDisk } from '../runs/disk-watch.ts';
import type { NoPromotion, PromotionWish } from '../runs/plan-promotion.ts';
import type { PromotionPreview } from '../runs/preview-promotion.ts';
import type { RepeatRefusal, RepeatWish } from '../runs/repeat-run.ts';
import type { PromotionReceipt, PromotionRequest } from '../runs/request-promotion.ts';
import type { RollbackReceipt, RollbackWish } from '../runs/request-rollback.ts';
import type { Db, Store } from '../store/database.ts';
import type { LogChunk } from '../store/log-chunks.ts';
import type { LogWish } from '../store/log-pages.ts';
import type { IncomingGitHook } from '../triggers/accept-git-hook.ts';
import type { HookReceipt, IncomingHook } from '../triggers/accept-hook.ts';
import type { EventExplanation } from '../triggers/explain-event.ts';
import type { Replay } from '../triggers/replay-event.ts';
import type { RunReceipt, RunWish } from '../triggers/request-run.ts';
import type { SourceRates } from './source-limits.ts';

/** All that the HTTP face stands on; the wiring puts it together. Every function may throw a `Fault`. */
export interface HttpDependencies {
  db: Db;
  /** Notifications of the database, for live streams. */
  listen: Store['listen'];
  config: ServerConfig;
  version: string;
  logger: Logger;
  catalogue: PipelineCatalogue;
  /** Authenticates a hook by its repository's token and stores it; durable when it resolves. */
  acceptHook(hook: IncomingHook): Promise<HookReceipt>;
  /** As `acceptHook`, for the move of a Git ref. */
  acceptGitHook(hook: IncomingGitHook): Promise<HookReceipt>;
  /** Stores a person's request for a run and makes the run. */
  requestRun(wish: RunWish, signal: AbortSignal): Promise<RunReceipt>;
  explainEvent(eventId: string): Promise<EventExplanation | undefined>;
  replayEvent(eventId: string): Promise<Replay>;
  requestCancel(wish: CancelWish): Promise<CancelReceipt>;
  /** Stores what somebody decides about an approve step, and lets the run go on. */
  decideApproval(wish: DecisionWish): Promise<DecisionReceipt>;
  retryRun(wish: RepeatWish): Promise<RepeatReceipt>;
  rerunRun(wish: RepeatWish): Promise<RepeatReceipt>;
  /** Makes and delivers a run that puts an earlier version back. @throws Fault when a registry does not answer */
  requestRollback(wish: RollbackWish): Promise<RollbackReceipt>;
  /** Makes and delivers a run that deploys what runs elsewhere. @throws Fault when a registry does not answer */
  requestPromotion(wish: PromotionRequest): Promise<PromotionReceipt>;
  /** @throws Fault when the registry does not answer */
  previewPromotion(wish: PromotionWish): Promise<PromotionPreview | NoPromotion>;
  /** null: the engine of this environment has no DNS to be set. */
  dnsOf(environment: EnvironmentConfig): ClusterDns | null;
  /** Why nothing may be written to its cluster: it is another one than before; undefined: it is the same. */
  otherClusterOf(environment: EnvironmentConfig, signal: AbortSignal): Promise<string | undefined>;
  /** What a run has logged so far, in order, then ends. */
  readLog(wish: LogWish): AsyncIterable<LogChunk>;
  /** As `readLog`, and then what is still to come; ends when the run has ended and all was given, or at `signal`. */
  followLog(wish: LogWish & { signal: AbortSignal }): AsyncIterable<LogChunk>;
  /** Jobs that wait in the queue. @throws Fault `queue-unreachable` */
  queueDepth(): Promise<number>;
  /** The disk of the worker that is in this server. */
  seenDisk(): SeenDisk;
  /** Other rates than the default ones. */
  sourceRates?: Partial<SourceRates>;
  /** How often a silent stream shows that it lives. Default 15 s. */
  heartbeatMs?: number;
}

export type RepeatReceipt = { runId: string } | RepeatRefusal;
