import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { PrometheusConfig } from '../../config/server-config.ts';
import { sizeText } from '../../domain/size-text.ts';
import { sendRequest } from '../../outgoing/send-request.ts';
import { recordOf, textOf } from '../json-reading.ts';

const attemptMs = 10_000;
const mostBytes = 8 * 1024 * 1024;

export type PrometheusAnswer =
  | { kind: 'data'; data: Record<string, unknown> }
  /** It could not be asked, or refuses the question. */
  | { kind: 'error'; message: string };

export interface PrometheusCall {
  /** Below `/api/v1/`. */
  path: string;
  /** Posted; absent: the call is a GET. */
  form?: Record<string, string>;
}

/** One call. Never throws but for `signal`: that Prometheus does not answer is an answer too. */
export async function callPrometheus(
  config: PrometheusConfig,
  call: PrometheusCall,
  signal: AbortSignal,
): Promise<PrometheusAnswer> {
  const limit = AbortSignal.timeout(attemptMs);
  try {
    return answerOf(await send(config, call, AbortSignal.any([signal, limit])));
  } catch (error) {
    signal.throwIfAborted();
    const why = limit.aborted ? `no answer within ${attemptMs / 1000} s` : messageOf(error);
    return { kind: 'error', message: `cannot ask Prometheus at ${hostOf(config)}: ${why}` };
  }
}

interface Answered {
  status: number;
  body: string;
}

async function send(
  config: PrometheusConfig,
  { path, form }: PrometheusCall,
  signal: AbortSignal,
): Promise<Answered> {
  const url = new URL(`${config.url.replace(/\/$/, '')}/api/v1/${path}`);
  const ca = config.ca === null ? undefined : await readFile(config.ca);
  const body = form && new URLSearchParams(form).toString();
  const posted = body !== undefined && {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
  };
  const headers = { ...posted, ...authorizationOf(config) };
  const method = body === undefined ? 'GET' : 'POST';
  const answer = await sendRequest(url, { method, headers, body, signal, ...(ca && { ca }) });
  return { status: answer.statusCode ?? 0, body: await readBody(answer) };
}

/** @throws Error when it is longer than an answer to a gate may be */
async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > mostBytes)
      throw new Error(
        `its answer is longer than ${sizeText(mostBytes)}: have the query aggregate its series`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function authorizationOf({ credentials, token }: PrometheusConfig): { authorization?: string } {
  if (token !== null) return { authorization: `Bearer ${token.reveal()}` };
  if (credentials === null) return {};
  const pair = `${credentials.username}:${credentials.password.reveal()}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function answerOf({ status, body }: Answered): PrometheusAnswer {
  const answer = parse(body);
  if (status === 401 || status === 403)
    return { kind: 'error', message: `Prometheus refuses us (HTTP ${status}): check its credentials` };
  if (answer.status !== 'success') {
    const why = textOf(answer.error) || `HTTP ${status}`;
    return { kind: 'error', message: `Prometheus refuses the query: ${why}` };
  }
  return { kind: 'data', data: recordOf(answer.data) };
}

function parse(body: string): Record<string, unknown> {
  try {
    return recordOf(JSON.parse(body));
  } catch {
    return {};
  }
}

function hostOf({ url }: PrometheusConfig): string {
  return URL.parse(url)?.host ?? url;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
