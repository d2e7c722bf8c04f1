import { hash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

/** In characters. Shorter ones would mask half of every log, so they are not masked. */
export const shortestSecret = 4;

/** A value that must not be seen: prints, logs and serialises as `[redacted]`; `reveal()` is the only way out. */
export class Secret {
  readonly #value: string;
  #digest: Buffer | undefined;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Compares with the digest of what somebody presents, in a time that says nothing about this value. */
  hasDigest(digest: Buffer): boolean {
    this.#digest ??= digestOf(this.#value);
    return timingSafeEqual(this.#digest, digest);
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [inspect.custom](): string {
    return '[redacted]';
  }
}

/** SHA-256. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
