import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../domain/fault.ts';
import type { Db } from '../store/database.ts';
import type { LogRest } from '../store/end-together.ts';
import type { Lease } from '../store/leases.ts';
import { insertLogChunks, type LogChunk } from '../store/log-chunks.ts';
import { trimLog } from '../store/log-trim.ts';
import { cutText } from './text-chunks.ts';

export interface LogStorageOptions {
  db: Db;
  lease: Lease;
  /** How long one chunk is tried to be stored while the database is away or full. Default 2 minutes. */
  patienceMs?: number;
  caps?: LogCaps;
}

/** How much of a log is kept. Beyond it the middle goes: of the step that wrote too much, or has most of what the run wrote. */
export interface LogCaps {
  runBytes: number;
  stepBytes: number;
}

/** Text to be stored, by step. */
export type LogBatch = Map<string, { at: Date; text: string }>;

/** Where the log of one run is in the database, and how far it has come. */
export class LogStorage {
  readonly #options: LogStorageOptions;
  readonly #day: string;
  #lastSeq: number;
  readonly #caps: LogCaps;
  /** Of this run's log in the database, by step. */
  #bytes: Map<string, number>;

  constructor(
    options: LogStorageOptions,
    known: { day: string; lastSeq: number; bytes: Map<string, number> },
  ) {
    this.#options = options;
    this.#day = known.day;
    this.#lastSeq = known.lastSeq;
    this.#bytes = known.bytes;
    this.#caps = options.caps ?? defaultCaps;
  }

  /** Whether so many UTF-16 units are few enough to be stored beside other things, and within what is kept of a log. */
  isLittle(units: number): boolean {
    return units <= littleUnits && this.#runBytes() + units * mostBytesOfUnit <= this.#caps.runBytes;
  }

  /** @throws Fault `lease-lost`, or another one when the database does not take it for too long */
  async store(batch: LogBatch): Promise<void> {
    const chunks = this.#chunksOf(batch);
    for (let from = 0; from < chunks.length; from += chunksPerStatement)
      await this.#insert(chunks.slice(from, from + chunksPerStatement));
    this.#count(chunks);
    await this.#keepWithin();
  }

  /** Has a little of it stored by somebody else. @throws as that does */
  async storeWith<T>(batch: LogBatch, store: (rest: LogRest) => Promise<T>): Promise<T> {
    const chunks = this.#chunksOf(batch);
    this.#count(chunks);
    try {
      return await store({ day: this.#day, chunks });
    } catch (error) {
      if (!(error instanceof Fault && error.isRetryable) || chunks.length === 0) throw error;
    }
    // The text has more patience than what it was to be stored with.
    await this.#insert(chunks);
    return store({ day: this.#day, chunks: [] });
  }

  #count(chunks: readonly LogChunk[]): void {
    for (const { stepId, text } of chunks)
      this.#bytes.set(stepId, (this.#bytes.get(stepId) ?? 0) + Buffer.byteLength(text));
  }

  #runBytes(): number {
    return this.#bytes.values().reduce((sum, bytes) => sum + bytes, 0);
  }

  async #keepWithin(): Promise<void> {
    const { stepBytes, runBytes } = this.#caps;
    for (const [stepId, bytes] of this.#bytes) if (bytes > stepBytes) await this.#cut(stepId, stepBytes);
    for (let total = this.#runBytes(); total > runBytes; ) {
      const [stepId, bytes] = [...this.#bytes].reduce((most, step) => (step[1] > most[1] ? step : most));
      await this.#cut(stepId, bytes);
      const left = this.#runBytes();
      // Whatever is in the way, what is too much then is less bad than to go on for ever.
      if (left >= total) return;
      total = left;
    }
  }

  /** Cuts more than it has to, so that a log that goes on and on is not cut with every batch. */
  async #cut(stepId: string, fromBytes: number): Promise<void> {
    const part = (of: number) => Math.floor(fromBytes * of);
    const cut = { day: this.#day, stepId, headBytes: part(0.1), tailBytes: part(0.7) };
    this.#bytes = await trimLog(this.#options.db, this.#options.lease, cut);
  }

  #chunksOf(batch: LogBatch): LogChunk[] {
    return [...batch].flatMap(([stepId, { at, text: whole }]) =>
      cutText(whole).map((text) => {
        this.#lastSeq += 1;
        return { seq: this.#lastSeq, stepId, at, text };
      }),
    );
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

const defaultCaps: LogCaps = { runBytes: 100 * 2 ** 20, stepBytes: 80 * 2 ** 20 };
const pauseMs = 250;
const chunksPerStatement = 32;
const littleUnits = 2 ** 16;
const mostBytesOfUnit = 3;
