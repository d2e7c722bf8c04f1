import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../support/wait-for.ts';

export interface RequestsUnderWay extends AsyncDisposable {
  /** How often each body was answered. */
  readonly answers: ReadonlyMap<string, number>;
  /** What went wrong, a line for each request that got no good answer. */
  readonly lost: readonly string[];
}

const clients = 4;
const pauseMs = 10;

/**
 * Clients that ask an address all the time, each request over a connection of its own. They begin with its first good
 * answer: the node's proxy learns of a new Service some time after everybody else.
 */
export async function requestsUnderWay(url: string): Promise<RequestsUnderWay> {
  await waitFor(() => ask(url), { what: `a first answer of ${url}`, deadlineMs: 60_000 });
  const stopping = new AbortController();
  const answers = new Map<string, number>();
  const lost: string[] = [];
  const loop = async () => {
    while (!stopping.signal.aborted) {
      try {
        const body = await ask(url);
        answers.set(body, (answers.get(body) ?? 0) + 1);
      } catch (error) {
        lost.push(`${new Date().toISOString()}: ${String(error)}`);
      }
      await delay(pauseMs);
    }
  };
  const loops = Array.from({ length: clients }, loop);
  return {
    answers,
    lost,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

function ask(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, timeout: 5_000 }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        body += text;
      });
      answer.on('error', reject);
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve(body.trim()) : reject(new Error(`HTTP ${answer.statusCode}`)),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 5 s')));
    sent.on('error', reject);
    sent.end();
  });
}
