import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { requestSignal } from './request-signal.ts';

export interface HttpRequest extends RequestOptions {
  /** A stream that breaks breaks the request. */
  body?: string | Uint8Array | NodeJS.ReadableStream | undefined;
  /** Authorities to trust, in PEM. */
  ca?: SecureContextOptions['ca'];
  signal: AbortSignal;
}

/**
 * One request by HTTP or HTTPS, as the URL says. No redirect is followed.
 * @returns the head of the answer; the caller reads or destroys its body, which the signal aborts too
 * @throws what broke the connection, or the abort
 */
export async function sendRequest(
  url: URL | string,
  { body, signal, ...options }: HttpRequest,
): Promise<IncomingMessage> {
  const held = requestSignal(signal);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = new URL(url).protocol === 'http:' ? request : secureRequest;
  const sent = send(url, { ...options, signal: held.signal })
    .once('response', (answer) => {
      held.passTo(answer);
      resolve(answer);
    })
    .on('error', reject)
    .once('close', () => {
      held.release();
      reject(withoutAnswer());
    });
  if (typeof body === 'object' && 'pipe' in body) body.on('error', (error) => sent.destroy(error)).pipe(sent);
  else sent.end(body);
  return promise;
}

/** Node says so by itself but where a server wants to speak another protocol (101): then it closes without a word. */
function withoutAnswer(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}
