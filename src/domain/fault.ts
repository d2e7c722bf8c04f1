/**
 * Our fault or the world's (a service is away, a disk is full), as opposed to the user's failure, which is
 * returned as a value. Only faults are retried by default. One code stands for a failure of the user all the same:
 * `scm-broken-tree`, of which many layers may know; a step that it ends has `failed`.
 */
export class Fault extends Error {
  readonly code: FaultCode;
  /** What a person can do about it, in one sentence. */
  readonly hint: string | undefined;
  /** False when trying again cannot help (a wrong password, a path that is gone). */
  readonly isRetryable: boolean;

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.hint = options.hint;
    this.isRetryable = options.isRetryable ?? true;
  }
}

export interface FaultOptions {
  cause?: unknown;
  hint?: string;
  isRetryable?: boolean;
}

export const faultCodes = [
  'scm-unreachable',
  'scm-denied',
  'scm-gone',
  'scm-broken-tree',
  'docker-unreachable',
  'registry-unreachable',
  'registry-denied',
  'cluster-unreachable',
  'cluster-denied',
  'cluster-other',
  'database-unreachable',
  'queue-unreachable',
  'disk-full',
  'lease-lost',
  'internal',
] as const;
export type FaultCode = (typeof faultCodes)[number];
