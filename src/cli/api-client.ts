import type { ClientSettings } from '../config/client-settings.ts';
import type { Secret } from '../domain/secret.ts';
import { CliError, type ExitCode, exitCodes } from './cli-error.ts';

/** Asks the server. Every call throws a `CliError` that says what to do, with the exit code it means. */
export interface ApiClient {
  readonly url: string;
  get(path: string, query?: Query): Promise<unknown>;
  post(path: string, body?: object, headers?: Record<string, string>): Promise<unknown>;
  remove(path: string): Promise<void>;
  /** An answer to be read as it comes. */
  open(path: string, options: OpenOptions): Promise<Response>;
}

export type Query = Record<string, string | undefined>;

export interface OpenOptions {
  query?: Query;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** The server did not do what was asked, or could not be asked. */
export class ApiError extends CliError {
  /** 0: there was no answer. */
  readonly status: number;

  constructor(
    status: number,
    message: string,
    options: { exitCode: ExitCode; hint?: string | undefined; cause?: unknown },
  ) {
    super(options.exitCode, message, options);
    this.name = 'ApiError';
    this.status = status;
  }

  /** Whether asking again may help: no answer, or the server cannot for now. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/** Longer than the server waits for its database. */
const answerWithinMs = 30_000;

export function createApiClient({ url, token }: ClientSettings): ApiClient {
  const authorization = token === null ? {} : { authorization: bearer(token) };

  async function send(path: string, init: RequestInit, query: Query = {}): Promise<Response> {
    const address = addressOf(url, path, query);
    const headers = {
      accept: 'application/json',
      ...authorization,
      ...(init.headers as Record<string, string>),
    };
    let response: Response;
    try {
      response = await fetch(address, { ...init, headers, redirect: 'error' });
    } catch (cause) {
      throw unreachable(url, cause);
    }
    if (response.ok) return response;
    throw await refusal(response, url);
  }

  const within = () => ({ signal: AbortSignal.timeout(answerWithinMs) });
  return {
    url,
    get: async (path, query) => readJson(await send(path, within(), query), url),
    async post(path, body, headers = {}) {
      const content = body === undefined ? {} : { 'content-type': 'application/json' };
      const init = { method: 'POST', headers: { ...content, ...headers }, ...within() };
      return readJson(
        await send(path, body === undefined ? init : { ...init, body: JSON.stringify(body) }),
        url,
      );
    },
    async remove(path) {
      await send(path, { method: 'DELETE', ...within() });
    },
    open: (path, { query, ...init }) => send(path, init, query),
  };
}

function bearer(token: Secret): string {
  const value = token.reveal();
  if (/^[\x21-\x7e]+$/.test(value)) return `Bearer ${value}`;
  throw new CliError(
    exitCodes.wrongUse,
    'TRUNKLINE_TOKEN is not a token: it holds spaces or other characters.',
    {
      hint: 'Copy it again, as "trunkline token create" or the first start shows it.',
    },
  );
}

function addressOf(url: string, path: string, query: Query): URL {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new CliError(exitCodes.wrongUse, `TRUNKLINE_URL is not the address of a server: ${url}`, {
      hint: 'It begins with http:// or https://, as in https://ci.example.com',
    });
  }
  const address = new URL(`${url}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, value);
  }
  return address;
}

async function readJson(response: Response, url: string): Promise<unknown> {
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  if (!isJson) throw foreignAnswer(response, url);
  try {
    return await response.json();
  } catch (cause) {
    throw cause instanceof SyntaxError ? foreignAnswer(response, url) : unreachable(url, cause);
  }
}

function foreignAnswer(response: Response, url: string): ApiError {
  return new ApiError(response.status, `${url} answers, but not as Trunkline does (${response.status}).`, {
    exitCode: exitCodes.wrongUse,
    hint: 'Check TRUNKLINE_URL: something else may listen there, or a proxy stand between.',
  });
}

/** Reads the problem details of an answer; a proxy's error page says only its status. */
async function refusal(response: Response, url: string): Promise<ApiError> {
  const problem: unknown = await response.json().catch(() => null);
  const { detail, hint, errors } = problemParts(problem);
  if (detail === undefined && response.status < 500) return foreignAnswer(response, url);
  const message = detail ?? `${url} answers with status ${response.status}.`;
  return new ApiError(response.status, [message, ...errors].join('\n  '), {
    exitCode: exitCodeOf(response.status),
    hint: response.status === 401 ? tokenHint : hint,
  });
}

const tokenHint =
  'Set TRUNKLINE_TOKEN to a token: "trunkline token create" makes one, the first start shows one.';

function exitCodeOf(status: number): ExitCode {
  if (status === 429 || status >= 500) return exitCodes.ourFault;
  return [404, 409, 422].includes(status) ? exitCodes.userFailure : exitCodes.wrongUse;
}

function problemParts(problem: unknown): { detail?: string; hint?: string; errors: string[] } {
  if (typeof problem !== 'object' || problem === null) return { errors: [] };
  const detail = 'detail' in problem && typeof problem.detail === 'string' ? { detail: problem.detail } : {};
  const hint = 'hint' in problem && typeof problem.hint === 'string' ? { hint: problem.hint } : {};
  const errors = 'errors' in problem && Array.isArray(problem.errors) ? problem.errors : [];
  return { ...detail, ...hint, errors: errors.map(({ field, message }) => `${field}: ${message}`) };
}

function unreachable(url: string, cause: unknown): ApiError {
  const code = networkCode(cause);
  const [why, hint] = networkReasons[code] ?? [code === '' ? 'no answer' : code, checkUrl];
  return new ApiError(0, `Cannot reach Trunkline at ${url}: ${why}.`, {
    exitCode: exitCodes.ourFault,
    hint,
    cause,
  });
}

const checkUrl = 'Check TRUNKLINE_URL and the way to it.';
const trustCa = 'Name the CA in NODE_EXTRA_CA_CERTS=/path/of/ca.pem if you trust it.';

const networkReasons: Record<string, [why: string, hint: string]> = {
  ECONNREFUSED: [
    'the connection is refused',
    'Start the server with "trunkline serve", or set TRUNKLINE_URL.',
  ],
  ENOTFOUND: ['the name is unknown', checkUrl],
  EAI_AGAIN: ['the name cannot be looked up now', checkUrl],
  TimeoutError: [`no answer within ${answerWithinMs / 1000} s`, 'Try again; look at the log of the server.'],
  ECONNRESET: ['the connection was cut', 'Try again; look at the log of the server.'],
  UND_ERR_SOCKET: ['the connection was cut', 'Try again; look at the log of the server.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is signed by itself', trustCa],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificate is of an unknown CA', trustCa],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['its certificate is of an unknown CA', trustCa],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew the certificate of the server.'],
};

/** fetch wraps what happened, sometimes twice: several addresses of one name may each have failed. */
function networkCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error.name === 'TimeoutError') return error.name;
  if (error instanceof AggregateError) return networkCode(error.errors[0]);
  return networkCode(error.cause);
}
