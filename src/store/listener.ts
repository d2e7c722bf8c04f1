import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Channel, channels } from './channels.ts';

/** Must not throw. `null` means: notifications may have been missed, read the tables again. */
export type NoticeHandler = (payload: string | null) => void;

/**
 * One connection of its own for LISTEN, opened at the first `listen`. After a drop it is made again for as long as
 * it takes, and every handler is told with `null`. A connection that is silently dead is found within a minute.
 */
export class Listener {
  readonly #config: pg.ClientConfig;
  readonly #handlers = new Map<Channel, Set<NoticeHandler>>();
  readonly #closing = new AbortController();
  #connection: Promise<pg.Client | undefined> | undefined;

  constructor(config: pg.ClientConfig) {
    this.#config = config;
  }

  /** Resolves when notifications arrive; the returned function ends it. */
  async listen(channel: Channel, handler: NoticeHandler): Promise<() => Promise<void>> {
    const handlers = this.#handlers.get(channel) ?? new Set();
    this.#handlers.set(channel, handlers.add(handler));
    this.#connection ??= this.#connect();
    await this.#connection;
    return async () => {
      handlers.delete(handler);
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#handlers.clear();
    const client = await this.#connection;
    await client?.end();
  }

  /** Undefined when closed in the meantime. */
  async #connect(): Promise<pg.Client | undefined> {
    const { signal } = this.#closing;
    for (let pauseMs = 50; !signal.aborted; pauseMs = Math.min(pauseMs * 2, 1_000)) {
      const client = new pg.Client(this.#config);
      client.on('error', () => {});
      if (await this.#open(client)) return client;
      await client.end().catch(() => {});
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
    return undefined;
  }

  async #open(client: pg.Client): Promise<boolean> {
    try {
      await client.connect();
      for (const channel of channels) await client.query(`listen ${client.escapeIdentifier(channel)}`);
    } catch {
      return false;
    }
    client.on('notification', (notice) => this.#tell(notice.channel, notice.payload ?? ''));
    const heartbeat = setInterval(() => void this.#probe(client), 30_000);
    client.once('end', () => {
      clearInterval(heartbeat);
      if (!this.#closing.signal.aborted) this.#connection = this.#reconnect();
    });
    return true;
  }

  async #reconnect(): Promise<pg.Client | undefined> {
    const client = await this.#connect();
    if (client !== undefined) for (const channel of this.#handlers.keys()) this.#tell(channel, null);
    return client;
  }

  async #probe(client: pg.Client): Promise<void> {
    try {
      await client.query('select 1');
    } catch {
      await client.end().catch(() => {});
    }
  }

  #tell(channel: string, payload: string | null): void {
    for (const [name, handlers] of this.#handlers) {
      if (name === channel) for (const handler of handlers) handler(payload);
    }
  }
}
