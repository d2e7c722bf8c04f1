/**
 * A HEAD before what was read, with nothing that is different up to there: of several mirrors at one address one that lags
 * answered, or a backup was restored and nothing has been committed since. Nothing new can be lost while it is asked again.
 */
export class LowerHead {
  readonly #patienceMs: number;
  /** When it was seen first (milliseconds of a monotonic clock). */
  #since: number | undefined;

  /** @param patienceMs how long a mirror may lag behind another one at the same address */
  constructor(patienceMs = 30_000) {
    this.#patienceMs = patienceMs;
  }

  get isOpen(): boolean {
    return this.#since !== undefined;
  }

  /** @returns false when it has lasted too long for a mirror */
  mayBeMirror(nowMs: number): boolean {
    this.#since ??= nowMs;
    return nowMs - this.#since < this.#patienceMs;
  }

  isOver(): void {
    this.#since = undefined;
  }

  /** When to ask again: pauses grow with the time waited. Undefined: HEAD is not lower. */
  lookAgainInMs(nowMs: number): number | undefined {
    return this.#since === undefined ? undefined : Math.min(10_000, Math.max(250, nowMs - this.#since));
  }
}
