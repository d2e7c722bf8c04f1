/** Wakes who waits for it; a ring that nobody waits for is heard by who comes next. Lighter than a signal for each wait. */
export class Bell {
  #isRung = false;
  #wake: (() => void) | undefined;

  readonly ring = (): void => {
    this.#isRung = true;
    this.#wake?.();
  };

  /** Forgets what rang before. */
  hush(): void {
    this.#isRung = false;
  }

  /** Resolves when it rings, or has rung, or after `withinMs`. For one at a time. */
  async rung(withinMs: number): Promise<void> {
    if (this.#isRung) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
