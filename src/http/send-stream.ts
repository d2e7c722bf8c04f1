import { finished, Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Db } from '../store/database.ts';
import { whoAsks } from './access.ts';
import { eventStream, type StreamMessage } from './event-stream.ts';

export interface StreamSettings {
  /** Aborts when the server closes: live streams end, and their readers come back to the next server. */
  closing: AbortSignal;
  heartbeatMs?: number;
}

const defaultHeartbeatMs = 15_000;

/**
 * Answers with a live stream of what `messagesUntil` gives; its signal aborts when the reader has left too, and when the
 * token or the session that it was asked with has ended: a stream may go on for days.
 */
export function sendStream(
  reply: FastifyReply,
  { db, closing, heartbeatMs = defaultHeartbeatMs }: StreamSettings & { db: Db },
  messagesUntil: (signal: AbortSignal) => AsyncIterable<StreamMessage>,
): FastifyReply {
  const left = new AbortController();
  const asking = setInterval(async () => {
    // A database that is away says nothing about a token.
    const isKnown = await whoAsks(db, reply.request).then(
      (caller) => caller !== null,
      () => true,
    );
    if (!isKnown) left.abort();
  }, heartbeatMs);
  // Who has left before this is told too.
  finished(reply.raw, () => {
    clearInterval(asking);
    left.abort();
  });
  const signal = AbortSignal.any([left.signal, closing]);
  return (
    reply
      .type('text/event-stream')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      // Its end may be that of the server, which would wait for a kept connection.
      .header('connection', 'close')
      .send(Readable.from(eventStream(messagesUntil(signal), { heartbeatMs, signal })))
  );
}
