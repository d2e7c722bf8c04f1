import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { StatusesConfig } from '../config/server-config.ts';

export interface ForgeRequest {
  method: 'GET' | 'POST';
  /** Below the API's URL. */
  path: string;
  body?: Readonly<Record<string, string>>;
}

export interface ForgeAnswer {
  /** Of HTTP; 0: there was no answer, and `body` says why. */
  code: number;
  body: string;
  /** The header, as it came. */
  retryAfter: string | undefined;
}

/** Sends one request, and throws only when `signal` aborts. */
export type AskForge = (request: ForgeRequest, signal: AbortSignal) => Promise<ForgeAnswer>;

const deadlineMs = 15_000;
const largestAnswerBytes = 512 * 1024;

/** The API of one Git server. A redirect is not followed: the token is for this server alone. */
export function createForgeClient({ forge, token, api, ca }: StatusesConfig): AskForge {
  const authorization: Record<string, string> =
    forge === 'gitlab'
      ? { 'private-token': token.reveal() }
      : { authorization: `${forge === 'github' ? 'Bearer' : 'token'} ${token.reveal()}` };
  const headers = { ...authorization, accept: 'application/json', 'user-agent': 'trunkline' };
  return async ({ method, path, body: sent }, signal) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    try {
      const trust = ca === null ? {} : { ca: [...rootCertificates, await readFile(ca, 'utf8')] };
      const sending = { method, url: `${api}${path}`, headers, ...trust, signal: limited };
      const answer = await send(sending, sent === undefined ? null : JSON.stringify(sent));
      const retryAfter = answer.headers['retry-after'];
      // What a server sends back of our request goes into logs and the database.
      const body = (await readText(answer)).replaceAll(token.reveal(), '***');
      return { code: answer.statusCode ?? 0, body, retryAfter };
    } catch (error) {
      signal.throwIfAborted();
      const why = limited.aborted ? `no answer within ${deadlineMs / 1000} s` : causeOf(error);
      return { code: 0, body: why, retryAfter: undefined };
    }
  };
}

interface Sending {
  method: string;
  url: string;
  headers: Record<string, string>;
  ca?: string[];
  signal: AbortSignal;
}

function send({ url, ...options }: Sending, body: string | null): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = url.startsWith('https:') ? secureRequest : plainRequest;
  const about =
    body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  request(url, { ...options, headers: { ...options.headers, ...about } })
    .on('response', resolve)
    .on('error', reject)
    .end(body ?? undefined);
  return promise;
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
  return error instanceof Error ? error.message || error.name : String(error);
}
