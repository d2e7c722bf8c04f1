/** One message of a `text/event-stream`. */
export interface StreamMessage {
  /** Sent back by the client as Last-Event-ID when it comes again. */
  id?: number;
  event: string;
  /** Without line breaks: JSON. */
  data: string;
}

export interface StreamOptions {
  /** After so much silence a comment is sent, so that nobody between takes the stream for dead. */
  heartbeatMs: number;
  signal: AbortSignal;
}

/** Writes messages as the lines of an event stream; ends with its source, or at `signal`. */
export async function* eventStream(
  messages: AsyncIterable<StreamMessage>,
  { heartbeatMs, signal }: StreamOptions,
): AsyncGenerator<string> {
  const iterator = messages[Symbol.asyncIterator]();
  try {
    yield `retry: ${reconnectAfterMs}\n\n`;
    let next = iterator.next();
    while (!signal.aborted) {
      const result = await firstOf(next, heartbeatMs);
      if (result === null) {
        yield ': still here\n\n';
        continue;
      }
      if (result.done === true) return;
      yield encode(result.value);
      next = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

const reconnectAfterMs = 1000;

/** null when `next` has not settled within the time. */
async function firstOf<T>(next: Promise<T>, withinMs: number): Promise<T | null> {
  const silence = Promise.withResolvers<null>();
  const timer = setTimeout(silence.resolve, withinMs, null);
  try {
    return await Promise.race([next, silence.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function encode({ id, event, data }: StreamMessage): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return `${idLine}event: ${event}\ndata: ${data}\n\n`;
}
