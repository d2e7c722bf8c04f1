import { IncomingMessage } from 'node:http';
import { requestSignal } from '../outgoing/request-signal.ts';

/** What dockerode sends its requests with, as far as we use it; dockerode's own types leave most of it out. */
export interface Modem {
  dial(options: ModemRequest, done: (error: Error | null, answer: unknown) => void): void;
}

interface ModemRequest extends Record<string, unknown> {
  path: string;
  abortSignal?: AbortSignal;
}

export interface DockerRequest {
  method: 'GET' | 'POST';
  path: string;
  query?: Record<string, unknown>;
  body?: NodeJS.ReadableStream;
  /** Sent instead of `body`. */
  json?: object;
  /** For one registry; goes into the header X-Registry-Auth. */
  registryAuth?: { username: string; password: string; serveraddress: string } | undefined;
  signal: AbortSignal;
}

/** One request whose answer is a stream, whatever its status. */
export async function dial(modem: Modem, request: DockerRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  modem.dial(modemOptions(request), (error, response) => {
    if (error === null) resolve(response as IncomingMessage);
    else reject(error);
  });
  return promise;
}

/** The modem hands a signal to the request alone, and Node does not bear that (`requestSignal`). */
export function holdSignals(modem: Modem): void {
  const dialUnheld = modem.dial.bind(modem);
  modem.dial = ({ abortSignal, ...options }, done) => {
    if (abortSignal === undefined) return dialUnheld(options, done);
    const held = requestSignal(abortSignal);
    dialUnheld({ ...options, abortSignal: held.signal }, (error, answer) => {
      if (answer instanceof IncomingMessage) held.passTo(answer);
      else held.release();
      done(error, answer);
    });
  };
}

/**
 * With a trailing `?` the modem writes `options` as the query, or `_query` where there is a `_body` beside it. A status
 * that is not in `statusCodes` would become an error without the engine's message, so all that the engine gives are
 * there.
 */
function modemOptions(request: DockerRequest): ModemRequest {
  const { method, path, query = {}, body, json, registryAuth, signal } = request;
  const statusCodes = Object.fromEntries(
    [200, 201, 204, 400, 401, 403, 404, 406, 409, 500, 501, 503].map((status) => [status, true]),
  );
  return {
    method,
    path: `${path}?`,
    options: json === undefined ? query : { _query: query, _body: json },
    file: body,
    authconfig: registryAuth,
    abortSignal: signal,
    isStream: true,
    statusCodes,
  };
}
