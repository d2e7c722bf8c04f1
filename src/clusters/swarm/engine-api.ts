import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { DockerConnection } from '../../docker/docker-connection.ts';
import type { DockerRequest } from '../../docker/modem.ts';
import { Fault } from '../../domain/fault.ts';
import { recordOf, textOf } from '../json-reading.ts';

/** Requests to one engine that is a manager of its swarm. Each must be safe to repeat: it is, after broken connections. */
export interface EngineApi {
  /** For messages. */
  readonly host: string;
  /**
   * @returns the parsed answer; undefined for an empty one
   * @throws EngineRefusal when the engine answers and does not do it; Fault `cluster-unreachable` when it does not answer
   */
  call(request: EngineRequest, signal: AbortSignal): Promise<unknown>;
  /** The same for answers that are bytes, read to their end by `read`. */
  read<T>(
    request: EngineRequest,
    read: (answer: IncomingMessage) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>;
  /** One attempt, no deadline: an answer that goes on until it is destroyed. */
  stream(request: EngineRequest, signal: AbortSignal): Promise<IncomingMessage>;
}

export type EngineRequest = Pick<DockerRequest, 'path' | 'query' | 'json' | 'registryAuth'> & {
  method?: 'GET' | 'POST';
};

/** The engine's own words on why it does not do something. */
export class EngineRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'EngineRefusal';
    this.status = status;
  }
}

export function isRefusalWith(error: unknown, ...statuses: number[]): error is EngineRefusal {
  return error instanceof EngineRefusal && statuses.includes(error.status);
}

export interface Patience {
  /** Limit of one attempt. */
  attemptMs: number;
  /** No new attempt begins after this. */
  totalMs: number;
}

export function createEngineApi(
  connection: DockerConnection,
  patience: Patience = { attemptMs: 15_000, totalMs: 20_000 },
): EngineApi {
  const { host } = connection;
  const send = (request: EngineRequest, signal: AbortSignal) => sendOnce(connection, request, signal);
  const read: EngineApi['read'] = (request, reading, signal) =>
    retrying({ host, request, patience, signal }, async (attemptSignal) =>
      reading(await send(request, attemptSignal)),
    );
  return {
    host,
    read,
    call: async (request, signal) => {
      const body = await read(request, text, signal);
      return body.trim() === '' ? undefined : (JSON.parse(body) as unknown);
    },
    stream: send,
  };
}

interface Attempts {
  host: string;
  request: EngineRequest;
  patience: Patience;
  signal: AbortSignal;
}

const firstPauseMs = 200;
const longestPauseMs = 3_000;

async function retrying<T>(attempts: Attempts, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { patience, signal, request } = attempts;
  const end = performance.now() + patience.totalMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal.throwIfAborted();
    const limit = AbortSignal.timeout(patience.attemptMs);
    try {
      return await attempt(AbortSignal.any([signal, limit]));
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error, request)) throw error;
      if (performance.now() + pauseMs > end) throw toFault(error, attempts);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * A swarm that is electing its leader answers 500, and so does a write that came too late: only what changes nothing is
 * repeated after that.
 */
function mayPass(error: unknown, { method = 'GET' }: EngineRequest): boolean {
  if (!(error instanceof EngineRefusal)) return true;
  return error.status === 500 && method === 'GET';
}

function toFault(error: unknown, { host, request }: Attempts): Fault {
  const { method = 'GET', path } = request;
  const why = error instanceof Error ? error.message : String(error);
  return new Fault(
    'cluster-unreachable',
    `the Docker engine at ${host} did not answer ${method} ${path}: ${why}`,
    { cause: error, hint: 'Check that dockerd runs and that Trunkline may use its socket' },
  );
}

async function sendOnce(
  connection: DockerConnection,
  request: EngineRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const answer = await connection.dial({ method: 'GET', ...request, signal });
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return answer;
  throw new EngineRefusal(status, messageIn(await text(answer)));
}

/** Swarm's own words come wrapped in those of its transport. */
function messageIn(body: string): string {
  const said = textOf(recordOf(parseOrUndefined(body)).message) || body;
  return said.replace(/^rpc error: code = \w+ desc = /, '').trim();
}

function parseOrUndefined(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
