import { Readable } from 'node:stream';
import type pg from 'pg';
import type { Connection, Submittable } from 'pg';

/**
 * Reads a table as PostgreSQL's COPY writes it, a row a chunk; only as fast as somebody reads. The connection is of no use
 * any more when it is not read to its end.
 */
export function copyOut(client: pg.Client, table: string): Readable {
  return client.query(new CopyOut(`copy ${table} to stdout`)).rows;
}

/** The part of the protocol that `pg` leaves to whoever asks for a COPY. */
class CopyOut implements Submittable {
  readonly rows: Readable;
  readonly #text: string;
  #connection: Connection | undefined;

  constructor(text: string) {
    this.#text = text;
    this.rows = new Readable({ read: () => void this.#connection?.stream.resume() });
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    connection.query(this.#text);
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    // What it lies in is used again for what comes next.
    if (!this.rows.push(Buffer.from(chunk))) this.#connection?.stream.pause();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    // Nobody asks for more when the end has come, with the rest, while it was paused.
    this.#connection?.stream.resume();
    this.rows.push(null);
  }

  handleError(error: Error): void {
    this.rows.destroy(error);
  }
}
