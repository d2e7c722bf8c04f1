/** An answer that is no success, or none at all (`status` 0). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, facts: { code: string; detail: string; hint?: string | undefined }) {
    super(facts.detail);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = facts.code;
    this.hint = facts.hint;
  }
}

/** @throws ApiProblem */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send(path, signal === undefined ? {} : { signal });
  return (await response.json()) as T;
}

/** @throws ApiProblem */
export async function postJson<T>(path: string, body: object = {}): Promise<T> {
  const response = await send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** @throws ApiProblem */
export async function remove(path: string): Promise<void> {
  await send(path, { method: 'DELETE' });
}

/** A path of the API; what is put into it is encoded. */
export function apiPath(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  const path = String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
  return `/api/v1${path}`;
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { accept: 'application/json', ...init.headers } });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiProblem(0, { code: 'no-answer', detail: 'The server does not answer.' });
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const problem: unknown = await response.json().catch(() => null);
  const facts = typeof problem === 'object' && problem !== null ? problem : {};
  return new ApiProblem(response.status, {
    code: textIn(facts, 'code') ?? 'unknown',
    detail: textIn(facts, 'detail') ?? `The server answers with status ${response.status}.`,
    hint: textIn(facts, 'hint'),
  });
}

function textIn(facts: object, key: string): string | undefined {
  const value: unknown = Reflect.get(facts, key);
  return typeof value === 'string' ? value : undefined;
}
