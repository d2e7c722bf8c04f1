import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { eventStream, type StreamMessage } from './event-stream.ts';

export interface StreamSettings {
  /** Aborts when the server closes: live streams end, and their readers come back to the next server. */
  closing: AbortSignal;
  heartbeatMs?: number;
}

const defaultHeartbeatMs = 15_000;

/** Answers with a live stream of what `messagesUntil` gives; its signal aborts when the reader has left too. */
export function sendStream(
  reply: FastifyReply,
  { closing, heartbeatMs = defaultHeartbeatMs }: StreamSettings,
  messagesUntil: (signal: AbortSignal) => AsyncIterable<StreamMessage>,
): FastifyReply {
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
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
