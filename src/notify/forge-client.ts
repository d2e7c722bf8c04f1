import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { StatusesConfig } from '../config/server-config.ts';
import { type StatusPost, type StatusVerdict, statusVerdict } from '../domain/commit-status.ts';

/** Sends one status. No answer is a verdict too: what was not heard is sent once more, which changes nothing. */
export type PostStatus = (post: StatusPost, signal: AbortSignal) => Promise<StatusVerdict>;

const deadlineMs = 15_000;
const largestAnswerBytes = 64 * 1024;

/** The API of one Git server. A redirect is not followed: the token is for this server alone. */
export function createForgeClient({ forge, token, api, ca }: StatusesConfig): PostStatus {
  const authorization: Record<string, string> =
    forge === 'gitlab'
      ? { 'private-token': token.reveal() }
      : { authorization: `${forge === 'github' ? 'Bearer' : 'token'} ${token.reveal()}` };
  return async ({ path, body }, signal) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    const headers = {
      ...authorization,
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': 'trunkline',
    };
    try {
      const trust = ca === null ? {} : { ca: [...rootCertificates, await readFile(ca, 'utf8')] };
      const answer = await send(
        `${api}${path}`,
        { headers, ...trust, signal: limited },
        JSON.stringify(body),
      );
      const text = await readText(answer);
      const code = answer.statusCode ?? 0;
      return statusVerdict({ code, body: text, retryAfter: answer.headers['retry-after'] });
    } catch (error) {
      signal.throwIfAborted();
      const why = limited.aborted ? `no answer within ${deadlineMs / 1000} s` : causeOf(error);
      return { kind: 'again', why, afterMs: null };
    }
  };
}

interface Sending {
  headers: Record<string, string>;
  ca?: string[];
  signal: AbortSignal;
}

function send(url: string, options: Sending, body: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = url.startsWith('https:') ? secureRequest : plainRequest;
  const headers = { ...options.headers, 'content-length': Buffer.byteLength(body) };
  request(url, { ...options, headers, method: 'POST' })
    .on('response', resolve)
    .on('error', reject)
    .end(body);
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
