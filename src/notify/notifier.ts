import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { NotifierConfig } from '../config/notifier-config.ts';
import { type Happening, noticeOf } from '../domain/notification.ts';
import { pathFilter } from '../domain/path-filter.ts';
import { decodeRunNotice } from '../store/channels.ts';
import type { Store } from '../store/database.ts';
import {
  addNotifier,
  advanceNotifier,
  freeNotifier,
  readUntoldApprovals,
  readUntoldEnds,
  settleHappenings,
  takeNotifier,
} from '../store/notifications.ts';
import { sendNotices, type Told } from './send-notices.ts';

export interface NotifierOptions {
  store: Store;
  notifier: NotifierConfig;
  /** This server's own address; null: it is not known. */
  url: string | null;
  logger: Logger;
}

/** Longer than an answer may take. */
const holdMs = 30_000;
/** What happens at once is one message; and no chat takes more than 20 a minute. */
const gatherMs = 1_000;
const betweenMessagesMs = 4_000;
const betweenMailsMs = 60_000;
const lookAgainMs = 15_000;
const longestBackoffMs = 5 * 60_000;
/** At the end of the process: a message whose answer nobody awaits would be sent once more. */
const graceMs = 3_000;
/** Of one look; what is beyond comes with the next message. */
const mostAtOnce = 100;

/**
 * Tells one chat, or program, of runs: what ended, and what waits for people. The runs in the database are what is to be
 * told, and what was told is stored: nothing is lost with a process, and what is not taken is told again for a day. A
 * message that was sent by a process which ended right then comes twice. Works until it is disposed.
 */
export async function startNotifier(options: NotifierOptions): Promise<AsyncDisposable> {
  const { store, logger, notifier } = options;
  const stop = new AbortController();
  const cut = new AbortController();
  let news = Promise.withResolvers<void>();
  const stopListening = await store.listen('trunkline_run', (payload) => {
    if (payload === null || decodeRunNotice(payload)?.what === 'state') news.resolve();
  });
  const work = async () => {
    while (!stop.signal.aborted) {
      news = Promise.withResolvers<void>();
      const againInMs = await tell(options, cut.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) logger.error({ err: error, notifier: notifier.name }, 'Nobody was told');
        return lookAgainMs;
      });
      const noNews = new AbortController();
      const pause = delay(againInMs, undefined, { signal: AbortSignal.any([stop.signal, noNews.signal]) });
      await Promise.race([news.promise, pause.catch(() => {})]);
      noNews.abort();
      await delay(gatherMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  };
  const working = work();
  return {
    async [Symbol.asyncDispose]() {
      await stopListening();
      stop.abort();
      const timer = setTimeout(() => cut.abort(), graceMs);
      await working.finally(() => clearTimeout(timer));
    },
  };
}

/** @returns when to look again, if nothing happens before */
async function tell(options: NotifierOptions, signal: AbortSignal): Promise<number> {
  const { store, notifier } = options;
  const { name } = notifier;
  await addNotifier(store.db, name);
  const taken = await takeNotifier(store.db, { name, holdMs });
  if ('freeInMs' in taken) return Math.min(lookAgainMs, taken.freeInMs);
  const { told, others, isAll } = await lookFor(options);
  await settleHappenings(store.db, name, others);
  if (told.length === 0) {
    if (isAll) await advanceNotifier(store.db, name);
    await freeNotifier(store.db, { name, inMs: 0, error: null });
    return isAll ? lookAgainMs : 0;
  }
  return send(options, { told, attempts: taken.attempts, signal });
}

/** What is to be told, and what is not wanted; `isAll`: there is nothing more. */
async function lookFor({ store, notifier }: NotifierOptions) {
  const { name, pipelines, wanted, branches } = notifier;
  const wish = { name, pipelines, limit: mostAtOnce };
  const ends = await readUntoldEnds(store.db, wish);
  const approvals = wanted.includes('approval') ? await readUntoldApprovals(store.db, wish) : [];
  const filter = branches === null ? null : pathFilter(branches);
  const told: Told[] = [];
  const others: Happening[] = [];
  for (const happening of [...approvals, ...ends]) {
    const isMeant = filter === null || filter.matches(happening.branch);
    const notice = isMeant ? noticeOf(happening, wanted) : null;
    if (notice === null) others.push(happening);
    else told.push({ happening, notice });
  }
  return { told, others, isAll: ends.length < mostAtOnce };
}

/** @returns when to look again */
async function send(
  { store, notifier, url, logger }: NotifierOptions,
  { told, attempts, signal }: { told: Told[]; attempts: number; signal: AbortSignal },
): Promise<number> {
  const { name } = notifier;
  const verdict = await sendNotices(notifier, { told, url }, signal);
  if (verdict.kind === 'told') {
    const happenings = told.map(({ happening }) => happening);
    await settleHappenings(store.db, name, happenings);
    const pauseMs = notifier.kind === 'mail' ? betweenMailsMs : betweenMessagesMs;
    await freeNotifier(store.db, { name, inMs: pauseMs, error: null });
    return pauseMs;
  }
  const backoffMs = 1_000 * 2 ** Math.min(attempts, 9) * (0.5 + Math.random() / 2);
  const inMs = Math.max(Math.min(longestBackoffMs, backoffMs), verdict.afterMs ?? 0);
  logger.warn({ notifier: name, why: verdict.why, inMs }, 'A message was not taken: it is sent again later');
  await freeNotifier(store.db, { name, inMs, error: verdict.why });
  return Math.min(lookAgainMs, inMs);
}
