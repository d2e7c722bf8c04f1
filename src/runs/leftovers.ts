import pRetry from 'p-retry';
import type { Logger } from 'pino';

/** An engine that starts again just then is waited for, 16 s: no later attempt of a step that has ended comes upon its container. */
const patience = { retries: 6, minTimeout: 250 };

/** What steps leave to be done when their ends are stored. Disposed when all of it is done. */
export class Leftovers implements AsyncDisposable {
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #begun: Promise<void>[] = [];
  readonly #logger: Pick<Logger, 'warn'>;

  constructor(logger: Pick<Logger, 'warn'>) {
    this.#logger = logger;
  }

  leave(rest: () => Promise<void>): void {
    this.#waiting.push(rest);
  }

  begin(): void {
    for (const rest of this.#waiting.splice(0)) this.#begun.push(this.#finish(rest));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.begin();
    await Promise.all(this.#begun);
  }

  async #finish(rest: () => Promise<void>): Promise<void> {
    try {
      await pRetry(rest, patience);
    } catch (error) {
      this.#logger.warn({ err: error }, 'what a step has left behind could not be removed');
    }
  }
}
