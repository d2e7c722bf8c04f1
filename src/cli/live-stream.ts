import { setTimeout as delay } from 'node:timers/promises';
import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';
import { type ApiClient, ApiError, type Query } from './api-client.ts';

export interface LiveStreamOptions {
  path: string;
  query?: Query;
  signal: AbortSignal;
  /** Told once for every lost connection. */
  onLost(): void;
  /** How long to go on without a connection. Default 2 minutes: a server that restarts needs less. */
  patienceMs?: number;
}

const defaultPatienceMs = 120_000;

/**
 * Gives the messages of an event stream across lost connections, resumed where the server can; never ends by itself.
 * @throws ApiError when the server refuses, or stays away
 */
export async function* liveStream(
  api: ApiClient,
  options: LiveStreamOptions,
): AsyncGenerator<EventSourceMessage, never> {
  const { patienceMs = defaultPatienceMs, signal, onLost } = options;
  let lastId = '';
  let aliveAt = performance.now();
  const isPatient = () => performance.now() - aliveAt < patienceMs;
  for (let failures = 0; ; failures++) {
    for await (const message of streamWhilePatient(api, { ...options, lastId, isPatient })) {
      failures = 0;
      aliveAt = performance.now();
      lastId = message.id ?? lastId;
      yield message;
    }
    if (failures === 0) onLost();
    await delay(Math.min(250 * 2 ** failures, 5000), undefined, { signal });
  }
}

interface Attempt extends LiveStreamOptions {
  lastId: string;
  isPatient(): boolean;
}

/** A lost connection is an end like any other, as long as there is patience to try again. */
async function* streamWhilePatient(api: ApiClient, attempt: Attempt): AsyncGenerator<EventSourceMessage> {
  try {
    yield* openStream(api, attempt);
  } catch (error) {
    attempt.signal.throwIfAborted();
    if (!isLostConnection(error) || !attempt.isPatient()) throw error;
  }
}

async function* openStream(api: ApiClient, { path, query = {}, signal, lastId }: Attempt) {
  const resume = lastId === '' ? {} : { 'last-event-id': lastId };
  const response = await api.open(path, {
    query,
    headers: { accept: 'text/event-stream', ...resume },
    signal,
  });
  if (response.body === null) return;
  yield* response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
}

/** A stream that breaks in the middle is a TypeError of fetch. */
function isLostConnection(error: unknown): boolean {
  return error instanceof ApiError ? error.isPassing : error instanceof TypeError;
}
