import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import type { Connection, Submittable } from 'pg';

/**
 * Fills a table with what COPY has written of one, in any pieces.
 * @throws what the source throws, or what the database says: then no row is there
 */
export function copyIn(client: pg.Client, table: string, source: AsyncIterable<Buffer>): Promise<void> {
  return client.query(new CopyIn(`copy ${table} from stdin`, source)).ended;
}

/** What `pg` has, and its types leave out. */
type CopyConnection = Connection & {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
};

/** The part of the protocol that `pg` leaves to whoever asks for a COPY. */
class CopyIn implements Submittable {
  readonly ended: Promise<void>;
  readonly #text: string;
  readonly #source: AsyncIterable<Buffer>;
  readonly #settle = Promise.withResolvers<void>();
  #failure: Error | undefined;

  constructor(text: string, source: AsyncIterable<Buffer>) {
    this.#text = text;
    this.#source = source;
    this.ended = this.#settle.promise;
  }

  submit(connection: Connection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#send(connection).catch((error: unknown) => {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      connection.sendCopyFail('its source could not be read');
    });
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#settle.resolve();
  }

  /** The database says last what we have told it: that the source failed. */
  handleError(error: Error): void {
    this.#failure ??= error;
    this.#settle.reject(this.#failure);
  }

  async #send(connection: CopyConnection): Promise<void> {
    for await (const chunk of this.#source) {
      if (this.#failure !== undefined) return;
      connection.sendCopyFromChunk(chunk);
      if (connection.stream.writableNeedDrain) await drained(connection.stream);
    }
    connection.endCopyFrom();
  }
}

/** Also when the connection is lost: then `handleError` is told. */
async function drained(stream: Duplex): Promise<void> {
  const seen = new AbortController();
  const either = ['drain', 'close'].map((event) =>
    once(stream, event, { signal: seen.signal }).catch(() => undefined),
  );
  await Promise.race(either);
  seen.abort();
}
