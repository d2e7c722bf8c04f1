import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../domain/fault.ts';
import type { LogRest } from '../store/end-together.ts';
import { lastLogSeq, logDayOf } from '../store/log-chunks.ts';
import { dayOf } from '../store/log-partitions.ts';
import { logBytesOf } from '../store/log-trim.ts';
import { type LogBatch, LogStorage, type LogStorageOptions } from './log-storage.ts';
import { LogStreams } from './log-streams.ts';
import type { SecretMatcher } from './secret-matcher.ts';

export interface LogWriterOptions extends LogStorageOptions {
  matcher: SecretMatcher;
  /** When the run was made, where the caller knows it. */
  createdAt?: Date;
  /** How long `drained` waits while nothing can be stored. Default 30 s. */
  holdMs?: number;
}

/**
 * Opens the log of a run for the worker that holds its lease; `seq` goes on where an earlier worker stopped.
 * @throws Fault when the run is unknown or the database away
 */
export async function openLogWriter(options: LogWriterOptions): Promise<LogWriter> {
  const { db, lease, createdAt } = options;
  const day = createdAt === undefined ? await logDayOf(db, lease.runId) : dayOf(createdAt);
  if (day === undefined) throw new Fault('internal', `There is no run ${lease.runId} to write a log for`);
  // Nobody has written before the first holder of the lease.
  if (lease.fencing === 1)
    return new LogWriter(options, new LogStorage(options, { day, lastSeq: 0, bytes: new Map() }));
  const key = { runId: lease.runId, day };
  const [lastSeq, bytes] = await Promise.all([lastLogSeq(db, key), logBytesOf(db, key)]);
  return new LogWriter(options, new LogStorage(options, { day, lastSeq, bytes }));
}

/**
 * The log of one run. Text of several steps may come in any mixture; each step's is a stream of its own, cleaned of
 * terminal control, masked, and stored about 30 ms after it came, whatever the database does meanwhile.
 */
export class LogWriter {
  readonly #storage: LogStorage;
  readonly #streams: LogStreams;
  /** Text to be stored, by step. */
  #pending: LogBatch = new Map();
  #writtenUnits = 0;
  #storedUnits = 0;
  #droppedUnits = 0;
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<unknown> | undefined;
  #fault: unknown;
  readonly #holdMs: number;
  /** Nothing could be stored for so long that nobody is held up any more. */
  #isStuck = false;

  constructor(
    { matcher, holdMs = 30_000 }: Pick<LogWriterOptions, 'matcher' | 'holdMs'>,
    storage: LogStorage,
  ) {
    this.#streams = new LogStreams(matcher);
    this.#storage = storage;
    this.#holdMs = holdMs;
  }

  /** Takes text as it comes, cut anywhere. After the lease was lost it does nothing. */
  write(stepId: string, text: string): void {
    this.#add(stepId, this.#streams.push(stepId, text));
  }

  /**
   * Resolves when little enough waits to be stored; who writes much awaits it, or may lose text to the memory limit. A database
   * that takes nothing for `holdMs` holds nobody up after that, until it takes some again. Never rejects.
   */
  async drained(): Promise<void> {
    while (this.#writtenUnits - this.#storedUnits > comfortableUnits) {
      if (this.#fault !== undefined || this.#isStuck) return;
      const before = this.#storedUnits;
      await withinTime(this.#storePending(), this.#holdMs);
      this.#isStuck = this.#storedUnits === before;
    }
  }

  /**
   * Resolves when everything written before is durable, but for the beginning of what may still become a secret,
   * and the end of a line of more than a mebibyte.
   * @throws Fault `lease-lost`, or what kept the text from being stored
   */
  async flush(): Promise<void> {
    const target = this.#writtenUnits;
    while (this.#storedUnits < target && this.#fault === undefined) await this.#storePending();
    if (this.#fault !== undefined) throw this.#fault;
  }

  /**
   * Ends the stream of a step and lets `store`, which must be safe to repeat, store what waits together with what else ends
   * then. Where that is too much it is stored before, and `store` gets nothing.
   * @throws what `store` throws; else as `flush`
   */
  async storeLast<T>(stepId: string, store: (rest: LogRest) => Promise<T>): Promise<T> {
    this.#add(stepId, this.#streams.end(stepId));
    await this.#noteGap(stepId);
    if (!this.#storage.isLittle(this.#writtenUnits - this.#storedUnits)) await this.flush();
    while (this.#storing !== undefined) await this.#storing;
    if (this.#fault !== undefined) throw this.#fault;
    const stored = this.#storeBatch((batch) => this.#storage.storeWith(batch, store));
    this.#storing = stored.catch(() => undefined).finally(() => this.#endStoring());
    return stored;
  }

  /** Ends the streams and flushes. @throws as `flush` */
  async close(): Promise<void> {
    const open = this.#streams.open();
    for (const stepId of open) this.#add(stepId, this.#streams.end(stepId));
    for (const stepId of open) await this.#noteGap(stepId);
    await this.flush();
  }

  /** Else the text that comes next would tell, and none does. */
  async #noteGap(stepId: string): Promise<void> {
    if (this.#droppedUnits === 0) return;
    await this.flush();
    // Another step's text may have told it meanwhile.
    if (this.#droppedUnits > 0) this.#put(stepId, '');
  }

  #add(stepId: string, text: string): void {
    if (text === '' || this.#fault !== undefined) return;
    if (this.#writtenUnits - this.#storedUnits + text.length > mostUnits) {
      this.#droppedUnits += text.length;
      return;
    }
    this.#put(stepId, text);
  }

  /** With what is to be said of text that was left out before it. */
  #put(stepId: string, text: string): void {
    const gap = this.#droppedUnits > 0 ? gapNote(this.#droppedUnits) : '';
    this.#droppedUnits = 0;
    const waiting = this.#pending.get(stepId);
    this.#pending.set(stepId, { at: waiting?.at ?? new Date(), text: (waiting?.text ?? '') + gap + text });
    this.#writtenUnits += gap.length + text.length;
    this.#storeSoon();
  }

  /** A timer that has fired counts no more, also where it finds a batch under way: what comes then needs one of its own. */
  #storeSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#storePending();
    }, delayMs);
  }

  /** Stores what waits now; one call at a time does it, others await that one. Never rejects: see `#fault`. */
  async #storePending(): Promise<void> {
    this.#storing ??= this.#storeBatch((batch) => this.#storage.store(batch))
      .catch(() => undefined)
      .finally(() => this.#endStoring());
    await this.#storing;
  }

  #endStoring(): void {
    this.#storing = undefined;
    if (this.#pending.size > 0) this.#storeSoon();
  }

  async #storeBatch<T>(store: (batch: LogBatch) => Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#pending;
    this.#pending = new Map();
    try {
      const result = await store(batch);
      this.#isStuck = false;
      for (const { text } of batch.values()) this.#storedUnits += text.length;
      return result;
    } catch (error) {
      this.#fault = error;
      this.#pending.clear();
      throw error;
    }
  }
}

/** How long text waits for more, in ms: a reader is to see it within 100 ms. */
const delayMs = 30;
/** Sizes in UTF-16 units. */
const comfortableUnits = 2 ** 20;
const mostUnits = 16 * 2 ** 20;

async function withinTime(work: Promise<void>, ms: number): Promise<void> {
  const ended = new AbortController();
  try {
    await Promise.race([work, delay(ms, undefined, { signal: ended.signal, ref: false })]);
  } finally {
    ended.abort();
  }
}

function gapNote(units: number): string {
  return `\n[Trunkline left out ${units} characters here: they came faster than the database could store them]\n`;
}
