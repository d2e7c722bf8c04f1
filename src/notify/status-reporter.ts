import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { StatusesConfig } from '../config/server-config.ts';
import { statusPost, statusVerdict } from '../domain/commit-status.ts';
import { decodeRunNotice } from '../store/channels.ts';
import { endStatus, postponeStatus, takeUntoldRun, type UntoldRun } from '../store/commit-statuses.ts';
import type { Store } from '../store/database.ts';
import { type AskForge, createForgeClient } from './forge-client.ts';

export interface StatusReporterOptions {
  store: Store;
  /** The repository's name in the server's config. */
  repository: string;
  statuses: StatusesConfig;
  /** This server's own address; null: it is not known. */
  url: string | null;
  logger: Logger;
}

/** Longer than an answer may take. */
const holdMs = 30_000;
/** A run that begins at once is told as running only. */
const shortestPauseMs = 500;
const longestPauseMs = 15_000;
const longestBackoffMs = 5 * 60_000;

/**
 * Tells a Git server what becomes of the commits of one repository: the runs in the database are what is to be told, and
 * what was told is stored, so that nothing is lost with a process, and only the newest of each run is sent. One at a time,
 * since GitLab refuses two for one commit. Works until it is disposed.
 */
export async function startStatusReporter(options: StatusReporterOptions): Promise<AsyncDisposable> {
  const { store, logger, repository } = options;
  const stop = new AbortController();
  let news = Promise.withResolvers<void>();
  const stopListening = await store.listen('trunkline_run', (payload) => {
    const what = payload === null ? 'state' : decodeRunNotice(payload)?.what;
    if (what === 'state' || what === 'begun') news.resolve();
  });
  const ask = createForgeClient(options.statuses);
  const work = async () => {
    while (!stop.signal.aborted) {
      news = Promise.withResolvers<void>();
      const againInMs = await tellAll({ ...options, ask }, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) logger.error({ err: error, repository }, 'Statuses of commits not told');
        return longestPauseMs;
      });
      await pause(shortestPauseMs, stop.signal);
      const noNews = new AbortController();
      await Promise.race([news.promise, pause(againInMs, AbortSignal.any([stop.signal, noNews.signal]))]);
      noNews.abort();
    }
  };
  const working = work();
  return {
    async [Symbol.asyncDispose]() {
      await stopListening();
      stop.abort();
      await working;
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}

type Reporting = StatusReporterOptions & { ask: AskForge };

/** @returns when to look again, if no run has news before */
async function tellAll(reporting: Reporting, signal: AbortSignal): Promise<number> {
  const { store, repository } = reporting;
  let againInMs = longestPauseMs;
  while (!signal.aborted) {
    const run = await takeUntoldRun(store.db, { repository, holdMs });
    if (run === undefined) break;
    againInMs = Math.min(againInMs, await tell(reporting, run, signal));
  }
  return againInMs;
}

/** @returns when to look again */
async function tell(reporting: Reporting, run: UntoldRun, signal: AbortSignal): Promise<number> {
  const { store, statuses, url, logger, repository, ask } = reporting;
  const page = url === null ? null : `${url.replace(/\/$/, '')}/runs/${run.id}`;
  const post = statusPost(statuses.forge, statuses.project, { ...run, page });
  const verdict = statusVerdict(await ask({ method: 'POST', ...post }, signal));
  if (verdict.kind === 'told') {
    await endStatus(store.db, run, null);
    return longestPauseMs;
  }
  const { why } = verdict;
  const about = { repository, runId: run.id, revision: run.revision, why };
  if (verdict.kind === 'refused') {
    logger.warn(about, 'The Git server refuses the status of a commit: look at "statuses" of the repository');
    await endStatus(store.db, run, why);
    return longestPauseMs;
  }
  const backoffMs = 1_000 * 2 ** Math.min(run.attempts, 9) * (0.5 + Math.random() / 2);
  // A server that says "at once" would else be asked without a pause, and no other run be told.
  const inMs = Math.min(longestBackoffMs, Math.max(backoffMs, verdict.afterMs ?? 0));
  logger.warn({ ...about, inMs }, 'The status of a commit is told again later');
  await postponeStatus(store.db, run.id, { inMs, error: why });
  return inMs;
}
