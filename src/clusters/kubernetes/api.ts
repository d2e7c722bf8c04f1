import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../../domain/fault.ts';
import type { Json } from '../../domain/json.ts';
import { sendRequest } from '../../outgoing/send-request.ts';
import type { ClusterAccess } from './access.ts';
import { ApiError, asFault } from './api-error.ts';

/**
 * Requests to one API server, as raw JSON: nothing that the server knows and we do not gets lost. Every call must
 * be safe to repeat, because it is repeated after 429, 5xx and broken connections.
 */
export interface Api {
  /** For messages. */
  readonly server: string;
  /**
   * @returns the parsed answer
   * @throws ApiError for refusals (4xx) other than 401; Fault `cluster-unreachable`, `cluster-denied`
   */
  call(call: ApiCall, signal: AbortSignal): Promise<Json>;
  /** The same for answers that are text. */
  text(call: ApiCall, signal: AbortSignal): Promise<string>;
  /** One attempt, no deadline: an answer that goes on until it is destroyed. @throws ApiError, or what broke it */
  stream(call: ApiCall, signal: AbortSignal): Promise<IncomingMessage>;
  /** One attempt, whatever its status is, with the beginning of the answer's body. @throws what broke it */
  answer(call: ApiCall, signal: AbortSignal): Promise<{ status: number; body: string }>;
}

export interface ApiCall {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
  contentType?: string;
}

export interface ApiPatience {
  /** Limit of one attempt. */
  attemptMs: number;
  /** No new attempt begins after this. */
  totalMs: number;
}

export function createApi(
  access: ClusterAccess,
  patience: ApiPatience = { attemptMs: 15_000, totalMs: 20_000 },
): Api {
  const server = access.server.host;
  const send = (call: ApiCall, signal: AbortSignal) => sendOnce(access, call, signal);
  const read = <T>(call: ApiCall, signal: AbortSignal, take: (answer: string) => T) =>
    retrying({ call, server, patience, signal }, async (attemptSignal) =>
      take(await text(await send(call, attemptSignal))),
    );
  return {
    server,
    text: (call, signal) => read(call, signal, (answer) => answer),
    // What stands before a server may cut an answer short, and its end then looks like a regular one.
    call: (call, signal) => read(call, signal, (answer) => JSON.parse(answer) as Json),
    stream: send,
    async answer(call, signal) {
      const answer = await sendAny(access, call, signal);
      return { status: answer.statusCode ?? 0, body: await beginningOf(answer) };
    },
  };
}

const firstPauseMs = 100;
const longestPauseMs = 3_000;

interface Attempts {
  call: ApiCall;
  server: string;
  patience: ApiPatience;
  signal: AbortSignal;
}

async function retrying<T>(
  { call, server, patience, signal }: Attempts,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = performance.now() + patience.totalMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal.throwIfAborted();
    const limit = AbortSignal.timeout(patience.attemptMs);
    try {
      return await attempt(AbortSignal.any([signal, limit]));
    } catch (error) {
      signal.throwIfAborted();
      const waitMs = retryAfter(error, pauseMs);
      if (waitMs === undefined || performance.now() + waitMs > end) throw final(error, call, server);
      await pause(waitMs, signal);
    }
  }
}

/** Undefined: repeating would give the same answer. */
function retryAfter(error: unknown, pauseMs: number): number | undefined {
  if (error instanceof Fault) return undefined;
  if (!(error instanceof ApiError)) return jittered(pauseMs);
  return error.isTransient ? (error.retryAfterMs ?? jittered(pauseMs)) : undefined;
}

function jittered(pauseMs: number): number {
  return pauseMs * (0.5 + Math.random() / 2);
}

/** Like a plain timer, but rejects with the signal's own reason. */
async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(waitMs, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

function final(error: unknown, call: ApiCall, server: string): Error {
  if (error instanceof ApiError && !error.isTransient && error.status !== 401) return error;
  return asFault(error, { ...verbAndResource(call), server });
}

const verbs = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;

/** `/apis/apps/v1/namespaces/shop/deployments/cart` -> deployments: what an RBAC rule would name. */
export function verbAndResource({ method = 'GET', path, query }: ApiCall): {
  verb: string;
  resource: string;
} {
  const parts = path.split('/').slice(path.startsWith('/api/') ? 3 : 4);
  const [resource = path, name, subresource] =
    parts[0] === 'namespaces' && parts.length > 2 ? parts.slice(2) : parts;
  const read = query?.watch === undefined ? 'list' : 'watch';
  const verb = method === 'GET' && name === undefined ? read : verbs[method];
  return { verb, resource: subresource === undefined ? resource : `${resource}/${subresource}` };
}

/** Settles when the answer's head is there. The body of a refusal is read and thrown. */
async function sendOnce(access: ClusterAccess, call: ApiCall, signal: AbortSignal): Promise<IncomingMessage> {
  const answer = await sendAny(access, call, signal);
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return answer;
  throw new ApiError({
    status,
    body: parseOrUndefined(await text(answer)),
    retryAfter: answer.headers['retry-after'],
  });
}

/** Credentials that are refused may have been rotated: they are read anew, once. */
async function sendAny(access: ClusterAccess, call: ApiCall, signal: AbortSignal): Promise<IncomingMessage> {
  const { generation } = access;
  const answer = await sendWith(access, call, signal);
  if (answer.statusCode !== 401 || !(await access.renew(generation))) return answer;
  answer.resume();
  return sendWith(access, call, signal);
}

async function sendWith(access: ClusterAccess, call: ApiCall, signal: AbortSignal): Promise<IncomingMessage> {
  const credentials = await access.credentials();
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const url = new URL(join(access.server.pathname, call.path), access.server);
  for (const [key, value] of Object.entries(call.query ?? {})) url.searchParams.set(key, value);
  const headers = { ...credentials.headers, ...headersOf(call, body) };
  return sendRequest(url, { ...credentials, method: call.method ?? 'GET', headers, body, signal });
}

const mostBytes = 4096;

/** An answer may have no end. */
async function beginningOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= mostBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, mostBytes).toString();
}

/** A server may live below a path, as behind Rancher. */
function join(base: string, path: string): string {
  return base.replace(/\/$/, '') + path;
}

function headersOf(call: ApiCall, body: string | undefined): Record<string, string | number> {
  const common = { accept: 'application/json, */*', 'user-agent': 'trunkline' };
  if (body === undefined) return common;
  return {
    ...common,
    'content-type': call.contentType ?? 'application/json',
    'content-length': Buffer.byteLength(body),
  };
}

function parseOrUndefined(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
