import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import type { Agent, Dispatcher } from 'undici';
import type { RegistryConfig } from '../config/server-config.ts';
import { connectionTrouble } from '../domain/connection-trouble.ts';
import { Fault } from '../domain/fault.ts';
import { lazily } from '../domain/lazily.ts';

export interface RegistryRequest {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** A path on the registry, or the absolute URL of another server (a token service, a redirect). */
  url: string;
  headers?: Record<string, string>;
  body?: Buffer;
}

export interface RegistryResponse {
  status: number;
  /** Lower-case names; a header that came twice is joined by commas. */
  headers: Record<string, string>;
  body: Buffer;
  /** Where the answer came from, after redirects. */
  url: URL;
}

/** Sends one request. Every status is an answer; @throws Fault `registry-unreachable` when there is none */
export type RegistryHttp = (request: RegistryRequest, signal: AbortSignal) => Promise<RegistryResponse>;

const requestDeadlineMs = 30_000;
/** The largest manifest that registries accept is 4 MiB. */
const largestBodyBytes = 4 * 1024 * 1024;
const mostRedirects = 3;

/**
 * HTTP to one registry: https with the host's own CA, plain http only where the host is loopback or declared
 * insecure, no `Authorization` to any other origin, a deadline and a size limit for every answer.
 */
export function createRegistryHttp(registry: RegistryConfig, deadlineMs = requestDeadlineMs): RegistryHttp {
  const connect = lazily(() => openConnections(registry));
  const origin = lazily(async () => findOrigin(registry, await connect(), deadlineMs));
  return async (request, signal) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    try {
      const home = await unlessAborted(origin(), signal);
      return await follow({ request, home, connections: await connect() }, limited);
    } catch (error) {
      if (signal.aborted || error instanceof Fault) throw error;
      throw unreachable(registry.address, error, deadlineMs);
    }
  };
}

/** True for hosts that mean this machine, which Docker too allows plain http. */
function isLoopback(host: string): boolean {
  const name = new URL(`http://${host}`).hostname;
  return name === 'localhost' || name === '[::1]' || (isIP(name) === 4 && name.startsWith('127.'));
}

interface Connections {
  send: (
    request: RegistryRequest & { url: string },
    signal: AbortSignal,
    isHome: boolean,
  ) => Promise<Dispatcher.ResponseData>;
}

async function openConnections(registry: RegistryConfig): Promise<Connections> {
  const { Agent, request } = await import('undici');
  const ca = registry.ca === null ? {} : { ca: [...rootCertificates, await readCa(registry)] };
  const home: Agent = new Agent({ connect: { ...ca, rejectUnauthorized: !registry.insecure } });
  const elsewhere: Agent = new Agent({ connect: ca });
  return {
    send: ({ url, method, headers = {}, body }, signal, isHome) =>
      request(url, {
        method,
        headers,
        signal,
        dispatcher: isHome ? home : elsewhere,
        ...(body === undefined ? {} : { body }),
      }),
  };
}

async function readCa({ name, ca }: RegistryConfig): Promise<string> {
  try {
    return await readFile(ca ?? '', 'utf8');
  } catch (cause) {
    throw new Fault('registry-unreachable', `reading the CA file ${ca} of registry ${name} failed`, {
      cause,
      hint: `Correct registries.${name}.ca`,
      isRetryable: false,
    });
  }
}

/** The work goes on for whoever else waits for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const left = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { signal: left.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    left.abort();
  }
}

/** https wherever it answers; http is tried only on hosts that are allowed it. */
async function findOrigin(
  registry: RegistryConfig,
  { send }: Connections,
  deadlineMs: number,
): Promise<string> {
  const secure = `https://${registry.address}`;
  if (!registry.insecure && !isLoopback(registry.address)) return secure;
  const probe = { method: 'GET' as const, url: `${secure}/v2/` };
  try {
    const response = await send(probe, AbortSignal.timeout(deadlineMs), true);
    await response.body.dump();
    return secure;
  } catch {
    const plain = `http://${registry.address}`;
    const response = await send({ ...probe, url: `${plain}/v2/` }, AbortSignal.timeout(deadlineMs), true);
    await response.body.dump();
    return plain;
  }
}

interface Trip {
  request: RegistryRequest;
  home: string;
  connections: Connections;
}

async function follow({ request, home, connections }: Trip, signal: AbortSignal): Promise<RegistryResponse> {
  let url = new URL(request.url, home);
  for (let redirects = 0; ; redirects++) {
    const isHome = url.origin === home;
    const headers =
      url.origin === new URL(request.url, home).origin
        ? request.headers
        : withoutCredentials(request.headers);
    const response = await connections.send(
      { ...request, url: url.href, headers: headers ?? {} },
      signal,
      isHome,
    );
    const body = await readBody(response.body, url);
    const answer = { status: response.statusCode, headers: flatten(response.headers), body, url };
    const location = answer.headers.location;
    const isRedirect = answer.status >= 300 && answer.status < 400 && location !== undefined;
    if (!isRedirect || request.body !== undefined || redirects === mostRedirects) return answer;
    url = new URL(location, url);
    if (url.protocol !== 'https:' && home.startsWith('https:')) return answer;
  }
}

function withoutCredentials(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'),
  );
}

async function readBody(body: Dispatcher.ResponseData['body'], url: URL): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > largestBodyBytes) {
      throw new Fault(
        'registry-unreachable',
        `the answer of ${url.host} is larger than ${largestBodyBytes} bytes`,
        {
          hint: 'Check that this host is a registry',
        },
      );
    }
  }
  return Buffer.concat(chunks);
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]),
  );
}

function unreachable(host: string, cause: unknown, deadlineMs: number): Fault {
  const isSilent = cause instanceof Error && cause.name === 'TimeoutError';
  const why = cause instanceof Error && 'code' in cause ? `: ${connectionTrouble(String(cause.code))}` : '';
  const what = isSilent ? `did not answer within ${deadlineMs / 1000} s` : `could not be reached${why}`;
  return new Fault('registry-unreachable', `the registry ${host} ${what}`, {
    cause,
    hint: `Check that ${host} answers from this machine, and its certificate`,
  });
}
