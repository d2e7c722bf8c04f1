import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { HttpFixture } from './start-http.ts';

/** Lets the server listen, and gives the headers of somebody who reads streams. */
export async function listen(http: HttpFixture) {
  const url = await http.app.listen({ host: '127.0.0.1', port: 0 });
  return { url, headers: { ...(await http.as('read')), accept: 'text/event-stream' } };
}

/** Reads until the stream ends, or drops the connection after so many messages. */
export async function readStream(
  url: string,
  headers: Record<string, string>,
  { into = [], cutAfter = Number.POSITIVE_INFINITY }: { into?: EventSourceMessage[]; cutAfter?: number },
): Promise<EventSourceMessage[]> {
  const cut = new AbortController();
  const parser = createParser({ onEvent: (message) => into.length < cutAfter && into.push(message) });
  const response = await fetch(url, { headers, signal: cut.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (into.length < cutAfter) {
    const part = await reader?.read();
    if (part?.value === undefined) break;
    parser.feed(part.value);
  }
  cut.abort();
  return into;
}
