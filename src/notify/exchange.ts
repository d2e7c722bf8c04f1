import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { rootCertificates } from 'node:tls';
import { connectionTrouble } from '../domain/connection-trouble.ts';
import type { Secret } from '../domain/secret.ts';
import { sendRequest } from '../outgoing/send-request.ts';

export interface Asked {
  method: 'GET' | 'POST';
  url: string;
  headers: Readonly<Record<string, string>>;
  /** JSON; null: none. */
  body: string | null;
  /** A CA file; null: the system's. */
  ca: string | null;
  /** What must not be seen where the answer repeats it: answers go into logs and the database. */
  hidden: readonly Secret[];
}

export interface HttpAnswer {
  /** Of HTTP; 0: there was no answer, and `body` says why. */
  code: number;
  body: string;
  /** The header, as it came. */
  retryAfter: string | undefined;
}

const deadlineMs = 15_000;
const largestAnswerBytes = 512 * 1024;

/** Sends one request, and throws only when `signal` aborts. A redirect is not followed: secrets are for this address alone. */
export async function exchange(asked: Asked, signal: AbortSignal): Promise<HttpAnswer> {
  const { body: sent, ca, hidden, url, method } = asked;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const covered = (text: string) =>
    hidden.reduce((left, secret) => left.replaceAll(secret.reveal(), '***'), text);
  try {
    const trust = ca === null ? {} : { ca: [...rootCertificates, await readFile(ca, 'utf8')] };
    const headers = { ...asked.headers, ...aboutBody(sent) };
    const request = { ...trust, method, headers, body: sent ?? undefined, signal: limited };
    const answer = await sendRequest(url, request);
    const body = covered(await readText(answer));
    return { code: answer.statusCode ?? 0, body, retryAfter: answer.headers['retry-after'] };
  } catch (error) {
    signal.throwIfAborted();
    const why = limited.aborted ? `no answer within ${deadlineMs / 1000} s` : causeOf(error);
    return { code: 0, body: covered(why), retryAfter: undefined };
  }
}

function aboutBody(body: string | null): Record<string, string | number> {
  if (body === null) return {};
  return { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
}

/** What is beyond the limit tells nothing more. */
async function readText(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer) {
    pieces.push(piece as Buffer);
    bytes += (piece as Buffer).length;
    if (bytes > largestAnswerBytes) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = error.message || error.name;
  return 'code' in error && said.includes('socket hang up') ? connectionTrouble(String(error.code)) : said;
}
