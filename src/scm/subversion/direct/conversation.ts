import { connect, type Socket } from 'node:net';
import { Surprise } from './direct-question.ts';
import { type Item, readItem } from './read-item.ts';

/** A connection on which one side says something and the other answers. */
export interface Conversation extends Disposable {
  say(text: string): void;
  /** @throws Surprise, or the connection's error, when no whole item comes */
  hear(): Promise<Item>;
}

export interface Partner {
  host: string;
  port: number;
  /** Of the whole conversation. */
  deadlineMs: number;
}

/** A longer item is not waited for: no answer to what we ask for is. */
const mostBytes = 16_384;

/** Begins to connect. Whatever the other side sends or does not send, it is over at the deadline, or when `signal` aborts. */
export function openConversation(partner: Partner, signal: AbortSignal): Conversation {
  const { host, port, deadlineMs } = partner;
  const socket = connect({ host, port, noDelay: true });
  // Told by the reading below; an error between two answers is told with the next.
  socket.on('error', () => {});
  const hangUp = () => socket.destroy();
  const clock = setTimeout(() => socket.destroy(new Surprise(`Not done after ${deadlineMs} ms`)), deadlineMs);
  signal.addEventListener('abort', hangUp);
  if (signal.aborted) hangUp();
  const items = itemsOf(socket);
  return {
    say: (text) => socket.write(text),
    async hear() {
      const { value, done } = await items.next();
      if (done) throw new Surprise('The server hung up');
      return value;
    },
    [Symbol.dispose]() {
      clearTimeout(clock);
      signal.removeEventListener('abort', hangUp);
      socket.destroy();
    },
  };
}

/** Reads on only when the next item is wanted, so that a server that never stops talking fills no memory. */
async function* itemsOf(socket: Socket): AsyncGenerator<Item, undefined> {
  let rest = '';
  for await (const chunk of socket.setEncoding('latin1')) {
    rest += chunk;
    for (let read = readItem(rest); read !== undefined; read = readItem(rest)) {
      rest = rest.slice(read.length);
      yield read.item;
    }
    if (rest.length > mostBytes) throw new Surprise(`An item is longer than ${mostBytes} bytes`);
  }
}
