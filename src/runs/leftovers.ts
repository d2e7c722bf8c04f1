/** What steps leave to be done when their ends are stored. Disposed when all of it is done. */
export class Leftovers implements AsyncDisposable {
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #begun: Promise<void>[] = [];

  leave(rest: () => Promise<void>): void {
    this.#waiting.push(rest);
  }

  begin(): void {
    for (const rest of this.#waiting.splice(0)) this.#begun.push(rest());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.begin();
    await Promise.allSettled(this.#begun);
  }
}
