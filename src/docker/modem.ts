import type { IncomingMessage, RequestOptions } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type HttpRequest, sendRequest } from '../outgoing/send-request.ts';

/** What dockerode sends its requests with, as far as we use it; dockerode's own types leave most of it out. */
export interface Modem {
  dial(options: ModemRequest, done: Done): void;
}

/** Its own types keep these to themselves. */
interface Inside {
  buildRequest(...asked: [RequestOptions, ModemRequest, HttpRequest['body'], Done]): void;
  /** Hands on an answer, or what an unexpected status says. */
  buildPayload(
    ...answer: [
      error: null,
      isStream: boolean | undefined,
      statusCodes: ModemRequest['statusCodes'],
      openStdin: false,
      request: null,
      response: IncomingMessage,
      content: unknown,
      done: Done,
    ]
  ): void;
}

type Done = (error: Error | null, answer: unknown) => void;

interface ModemRequest extends Record<string, unknown> {
  path: string;
  abortSignal?: AbortSignal;
  isStream?: boolean;
  statusCodes?: Readonly<Record<string, unknown>>;
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

export interface Sending {
  protocol: 'http' | 'https';
  /** Of a whole answer. */
  deadlineMs: number | undefined;
}

/**
 * Lets the modem's requests be sent by us. Its own way follows redirects, where what goes wrong ends the process; it waits for
 * ever for an answer that breaks off, or is of another protocol; and it hands a signal on as Node does not bear (`requestSignal`).
 */
export function sendByOurselves(modem: object, { protocol, deadlineMs }: Sending): void {
  const inside = modem as Inside;
  inside.buildRequest = (...[{ signal, ...options }, { isStream, statusCodes }, body, done]) => {
    const late = deadlineMs === undefined ? undefined : AbortSignal.timeout(deadlineMs);
    const either = AbortSignal.any([signal, late].filter((one) => one !== undefined));
    const ask = async () => {
      const response = await sendRequest(`${protocol}://localhost`, { ...options, body, signal: either });
      return { response, content: isStream === true ? null : contentOf(await buffer(response)) };
    };
    ask().then(
      ({ response, content }) =>
        inside.buildPayload(null, isStream, statusCodes, false, null, response, content, done),
      (error: Error) => done(late?.aborted === true ? noAnswer() : error, null),
    );
  };
}

function noAnswer(): Error {
  return Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
}

/** JSON nearly always, but the log of a container. */
function contentOf(whole: Buffer): unknown {
  try {
    return JSON.parse(whole.toString()) || whole;
  } catch {
    return whole;
  }
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
