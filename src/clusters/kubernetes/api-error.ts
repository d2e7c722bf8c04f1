import { Fault } from '../../domain/fault.ts';

/** An answer of the API server other than success: its `Status` object, taken apart. */
export class ApiError extends Error {
  readonly status: number;
  /** `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Forbidden`...; '' where the server gave none. */
  readonly reason: string;
  readonly causes: StatusCause[];
  readonly retryAfterMs: number | undefined;
  readonly #saysWhy: boolean;

  constructor(answer: { status: number; body: unknown; retryAfter: string | undefined }) {
    const status = parseStatus(answer.body);
    super(status.message === '' ? `HTTP ${answer.status}` : status.message);
    this.name = 'ApiError';
    this.status = answer.status;
    this.reason = status.reason;
    this.causes = status.causes;
    this.#saysWhy = status.message !== '';
    const seconds = Number(answer.retryAfter);
    this.retryAfterMs = answer.retryAfter !== undefined && seconds >= 0 ? seconds * 1000 : undefined;
  }

  /**
   * Trying again may help. A 500 with a message and no reason is the server's way to refuse an object it cannot type; one
   * without either comes from something that stands before it.
   */
  get isTransient(): boolean {
    if (this.status === 429) return true;
    return this.status >= 500 && !(this.status === 500 && this.#saysWhy && this.reason === '');
  }
}

export interface StatusCause {
  reason: string;
  message: string;
  field: string;
}

export function isApiError(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/**
 * What a call that could not be answered means to everybody above: 401 and 403 are refusals of us, the rest is an
 * API server out of reach. Only for calls whose refusal is nobody's manifest.
 */
export function asFault(error: unknown, call: { verb: string; resource: string; server: string }): Fault {
  if (error instanceof Fault) return error;
  const what = `${call.verb} ${call.resource} on ${call.server}`;
  if (isApiError(error, 401) || isApiError(error, 403)) {
    return new Fault('cluster-denied', `The cluster refused to ${what}: ${error.message}`, {
      cause: error,
      hint: `Give the account of this environment the verb "${call.verb}" on "${call.resource}".`,
      isRetryable: false,
    });
  }
  if (error instanceof ApiError && !error.isTransient) {
    return new Fault('internal', `The cluster did not understand: ${what}: ${error.message}`, {
      cause: error,
    });
  }
  return new Fault('cluster-unreachable', `The cluster did not answer: ${what}`, {
    cause: error,
    hint: 'Check that the API server runs and can be reached from this machine.',
  });
}

function parseStatus(body: unknown): { message: string; reason: string; causes: StatusCause[] } {
  const status = asRecord(body);
  const causes = asRecord(status.details).causes;
  return {
    message: asText(status.message),
    reason: asText(status.reason),
    causes: (Array.isArray(causes) ? causes : []).map((cause) => {
      const fields = asRecord(cause);
      return { reason: asText(fields.reason), message: asText(fields.message), field: asText(fields.field) };
    }),
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
