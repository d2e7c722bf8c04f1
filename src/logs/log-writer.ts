import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../domain/fault.ts';
import type { Db } from '../store/database.ts';
import type { Lease } from '../store/leases.ts';
import { insertLogChunks, type LogChunk, lastLogSeq, logDayOf } from '../store/log-chunks.ts';
import { dayOf } from '../store/log-partitions.ts';
import { logBytesOf, trimLog } from '../store/log-trim.ts';
import { Masking } from './masking.ts';
import type { SecretMatcher } from './secret-matcher.ts';
import { TerminalControl } from './terminal-control.ts';
import { cutText } from './text-chunks.ts';

export interface LogWriterOptions {
  db: Db;
  lease: Lease;
  matcher: SecretMatcher;
  /** When the run was made, where the caller knows it. */
  createdAt?: Date;
  /** How long one chunk is tried to be stored while the database is away or full. Default 2 minutes. */
  patienceMs?: number;
  /** How much of a run's log is kept: beyond it the middle goes. Default 100 MiB. */
  mostBytes?: number;
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
  if (lease.fencing === 1) return new LogWriter(options, { day, lastSeq: 0, bytes: 0 });
  const key = { runId: lease.runId, day };
  const [lastSeq, bytes] = await Promise.all([lastLogSeq(db, key), logBytesOf(db, key)]);
  return new LogWriter(options, { day, lastSeq, bytes });
}

/**
 * The log of one run. Text of several steps may come in any mixture; each step's is a stream of its own, cleaned of
 * terminal control, masked, and stored about 30 ms after it came, whatever the database does meanwhile.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #day: string;
  readonly #streams = new Map<string, { control: TerminalControl; masking: Masking }>();
  /** Text to be stored, by step. */
  #pending = new Map<string, { at: Date; text: string }>();
  #lastSeq: number;
  /** Of this run's log in the database. */
  #bytes: number;
  #writtenUnits = 0;
  #storedUnits = 0;
  #droppedUnits = 0;
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<void> | undefined;
  #fault: unknown;

  constructor(options: LogWriterOptions, known: { day: string; lastSeq: number; bytes: number }) {
    this.#options = options;
    this.#day = known.day;
    this.#lastSeq = known.lastSeq;
    this.#bytes = known.bytes;
  }

  /** Takes text as it comes, cut anywhere. After the lease was lost it does nothing. */
  write(stepId: string, text: string): void {
    const { control, masking } = this.#streamOf(stepId);
    this.#add(stepId, masking.push(control.push(text)));
  }

  /** Resolves when little enough waits to be stored; who writes much awaits it, or may lose text to the memory limit. */
  async drained(): Promise<void> {
    while (this.#writtenUnits - this.#storedUnits > comfortableUnits && this.#fault === undefined) {
      await this.#storePending();
    }
  }

  /**
   * Resolves when everything written before is durable, but for the beginning of what may still become a secret.
   * @throws Fault `lease-lost`, or what kept the text from being stored
   */
  async flush(): Promise<void> {
    const target = this.#writtenUnits;
    while (this.#storedUnits < target && this.#fault === undefined) await this.#storePending();
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Ends the streams and flushes. @throws as `flush` */
  async close(): Promise<void> {
    for (const [stepId, { control, masking }] of this.#streams) {
      this.#add(stepId, masking.push(control.end()) + masking.end());
    }
    this.#streams.clear();
    await this.flush();
  }

  #streamOf(stepId: string) {
    const stream = this.#streams.get(stepId) ?? {
      control: new TerminalControl(),
      masking: new Masking(this.#options.matcher),
    };
    this.#streams.set(stepId, stream);
    return stream;
  }

  #add(stepId: string, text: string): void {
    if (text === '' || this.#fault !== undefined) return;
    if (this.#writtenUnits - this.#storedUnits + text.length > mostUnits) {
      this.#droppedUnits += text.length;
      return;
    }
    const gap = this.#droppedUnits > 0 ? gapNote(this.#droppedUnits) : '';
    this.#droppedUnits = 0;
    const waiting = this.#pending.get(stepId);
    this.#pending.set(stepId, { at: waiting?.at ?? new Date(), text: (waiting?.text ?? '') + gap + text });
    this.#writtenUnits += gap.length + text.length;
    this.#timer ??= setTimeout(() => void this.#storePending(), delayMs);
  }

  /** Stores what waits now; one call at a time does it, others await that one. Never rejects: see `#fault`. */
  async #storePending(): Promise<void> {
    this.#storing ??= this.#storeBatch().finally(() => {
      this.#storing = undefined;
      if (this.#pending.size > 0) this.#timer ??= setTimeout(() => void this.#storePending(), delayMs);
    });
    await this.#storing;
  }

  async #storeBatch(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#pending;
    this.#pending = new Map();
    const chunks = [...batch].flatMap(([stepId, { at, text }]) => this.#chunksOf(stepId, at, text));
    try {
      for (let from = 0; from < chunks.length; from += chunksPerStatement) {
        await this.#insert(chunks.slice(from, from + chunksPerStatement));
      }
      await this.#keepWithin(chunks);
      for (const { text } of batch.values()) this.#storedUnits += text.length;
    } catch (error) {
      this.#fault = error;
      this.#pending.clear();
    }
  }

  /** Cuts more than it has to, so that a log that goes on and on is not cut with every batch. */
  async #keepWithin(stored: LogChunk[]): Promise<void> {
    const { db, lease, mostBytes = 100 * 2 ** 20 } = this.#options;
    for (const { text } of stored) this.#bytes += Buffer.byteLength(text);
    if (this.#bytes <= mostBytes) return;
    const part = (of: number) => Math.floor(mostBytes * of);
    const cut = { day: this.#day, headBytes: part(0.1), tailBytes: part(0.7) };
    this.#bytes = await trimLog(db, lease, cut);
  }

  #chunksOf(stepId: string, at: Date, whole: string): LogChunk[] {
    return cutText(whole).map((text) => {
      this.#lastSeq += 1;
      return { seq: this.#lastSeq, stepId, at, text };
    });
  }

  async #insert(chunks: LogChunk[]): Promise<void> {
    const { db, lease, patienceMs = 120_000 } = this.#options;
    const deadline = performance.now() + patienceMs;
    for (;;) {
      try {
        await insertLogChunks(db, lease, { day: this.#day, chunks });
        return;
      } catch (error) {
        const isWorthwhile = error instanceof Fault && error.isRetryable && performance.now() < deadline;
        if (!isWorthwhile) throw error;
      }
      await delay(pauseMs);
    }
  }
}

/** How long text waits for more, in ms: a reader is to see it within 100 ms. */
const delayMs = 30;
const pauseMs = 250;
const chunksPerStatement = 32;
/** Sizes in UTF-16 units. */
const comfortableUnits = 2 ** 20;
const mostUnits = 16 * 2 ** 20;

function gapNote(units: number): string {
  return `\n[Trunkline left out ${units} characters here: they came faster than the database could store them]\n`;
}
