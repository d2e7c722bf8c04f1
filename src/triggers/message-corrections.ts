import type { Logger } from 'pino';
import type { Revision } from '../domain/change.ts';
import { Fault } from '../domain/fault.ts';
import type { SourceControl } from '../scm/source-control.ts';
import type { Store } from '../store/database.ts';
import { closeEvent } from '../store/events.ts';
import { type AnnouncedProperty, correctRevision, waitingProperties } from '../store/message-corrections.ts';
import { correctCursorDate } from '../store/watchers.ts';

export interface MessageCorrectionsOptions {
  store: Store;
  sourceControlOf(repository: string): SourceControl;
  logger: Logger;
  /** How often to look for what a server that was away could not tell. Default 15 s. */
  retryMs?: number;
}

const batchSize = 100;

/**
 * Reads again who made a revision and why, when a hook tells that a property of it was changed, and corrects what is
 * stored of it. It starts no run. Whatever a hook claims, the text comes from the repository.
 */
export async function startMessageCorrections(options: MessageCorrectionsOptions): Promise<AsyncDisposable> {
  const { store, retryMs = 15_000 } = options;
  const stop = new AbortController();
  let isWanted = false;
  let working: Promise<void> | undefined;

  const work = async () => {
    while (isWanted && !stop.signal.aborted) {
      isWanted = false;
      await correctAll(options, stop.signal);
    }
    working = undefined;
  };
  const wake = () => {
    isWanted = true;
    working ??= work();
  };
  const stopListening = await store.listen('trunkline_event', wake);
  const timer = setInterval(wake, retryMs);
  wake();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      clearInterval(timer);
      await stopListening();
      await working;
    },
  };
}

/** Never throws: what could not be read now is read in a later round; a repository that is away delays no other. */
async function correctAll(options: MessageCorrectionsOptions, signal: AbortSignal): Promise<void> {
  const { store, logger } = options;
  try {
    const waiting = await waitingProperties(store.db, batchSize);
    const byRepository = Map.groupBy(waiting, ({ repository }) => repository);
    await Promise.all(
      [...byRepository.values()].map((announced) => correctInTurn(options, announced, signal)),
    );
  } catch (error) {
    logger.error({ err: error }, 'Changed log messages were not looked for');
  }
}

async function correctInTurn(
  options: MessageCorrectionsOptions,
  announced: readonly AnnouncedProperty[],
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const one of announced) await correct(options, one, signal);
  } catch (error) {
    if (!signal.aborted) options.logger.warn({ err: error }, 'A changed log message was not read yet');
  }
}

async function correct(
  { store, sourceControlOf }: MessageCorrectionsOptions,
  { eventId, repository, revision }: AnnouncedProperty,
  signal: AbortSignal,
): Promise<void> {
  try {
    const read = await readRevision(sourceControlOf(repository), Number(revision), signal);
    if (read !== undefined) {
      const { author, message, committedAt: date } = read;
      await correctRevision(store.db, { repository, revision, author, message, committedAt: date });
      await correctCursorDate(store.db, { repository, revision: Number(revision), date });
    }
    await closeEvent(store.db, eventId);
  } catch (error) {
    if (!(error instanceof Fault) || error.isRetryable) throw error;
    await closeEvent(store.db, eventId, error.message);
  }
}

async function readRevision(
  scm: SourceControl,
  number: number,
  signal: AbortSignal,
): Promise<Revision | undefined> {
  if (scm.kind !== 'svn') return undefined;
  for await (const revision of scm.revisions({ from: number, to: number }, signal)) return revision;
  return undefined;
}
