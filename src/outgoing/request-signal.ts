import { addAbortSignal, type Readable } from 'node:stream';

export interface RequestSignal {
  /** Goes to the request in place of the caller's. */
  signal: AbortSignal;
  /** For a request that is over without an answer. */
  release(): void;
  /** From now on an abort ends the reading of the answer. */
  passTo(answer: Readable): void;
}

/**
 * The caller's signal for one request of node:http: it aborts the request until its answer begins, then the answer. A
 * request that is aborted after its answer has come and before that is read to its end makes Node 24 throw from the
 * connection, where no caller can catch it, and the process ends (https://github.com/nodejs/node/issues/65938).
 */
export function requestSignal(callers: AbortSignal): RequestSignal {
  const [request, over] = [new AbortController(), new AbortController()];
  const abort = () => request.abort(callers.reason);
  if (callers.aborted) abort();
  else callers.addEventListener('abort', abort, { signal: over.signal });
  const release = () => over.abort();
  return {
    signal: request.signal,
    release,
    passTo(answer) {
      release();
      addAbortSignal(callers, answer);
    },
  };
}
