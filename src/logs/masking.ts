import type { SecretMatcher } from './secret-matcher.ts';

/** What stands in the log instead of a secret. */
export const mask = '***';

/**
 * Replaces secrets in one stream of text, however the stream is cut: the result does not depend on the cuts. Of
 * secrets that overlap, every character is covered. Only what may still become a secret is held back.
 */
export class Masking {
  readonly #matcher: SecretMatcher;
  #state = 0;
  /** Text read but not given out: the possible beginning of a secret. */
  #held = '';
  /** Where secrets are in `#held`: disjoint, in order. */
  #spans: Span[] = [];

  constructor(matcher: SecretMatcher) {
    this.#matcher = matcher;
  }

  /** The text that is certain after `text`. */
  push(text: string): string {
    const held = this.#held.length;
    this.#state = this.#matcher.read({ state: this.#state, text }, (start, end) =>
      cover(this.#spans, held + start, held + end),
    );
    const whole = this.#held + text;
    return this.#give(whole, whole.length - this.#matcher.depth(this.#state));
  }

  /** What was held back; afterwards a new stream may begin. */
  end(): string {
    this.#state = 0;
    return this.#give(this.#held, this.#held.length);
  }

  /** Gives out `whole` up to `certain` and holds the rest. */
  #give(whole: string, certain: number): string {
    const kept: Span[] = [];
    let given = '';
    let position = 0;
    for (const { start, end, isGiven } of this.#spans) {
      if (start < certain) {
        given += whole.slice(position, start) + (isGiven ? '' : mask);
        position = end;
      }
      if (end > certain) {
        kept.push({
          start: Math.max(0, start - certain),
          end: end - certain,
          isGiven: isGiven || start < certain,
        });
      }
    }
    this.#spans = kept;
    this.#held = whole.slice(certain);
    return given + whole.slice(position, Math.max(position, certain));
  }
}

/** Masks a text that is complete in itself, and takes out what PostgreSQL refuses in a text or in JSON. */
export function maskText(matcher: SecretMatcher, text: string): string {
  const masking = new Masking(matcher);
  return masking.push(text.replaceAll('\0', '').toWellFormed()) + masking.end();
}

interface Span {
  start: number;
  end: number;
  /** Its mask has been given out already, with the text before it. */
  isGiven: boolean;
}

/** Adds a span that ends behind all others, melting those that it overlaps into it. */
function cover(spans: Span[], from: number, end: number): void {
  const merged = { start: from, end, isGiven: false };
  for (let last = spans.at(-1); last !== undefined && last.end > merged.start; last = spans.at(-1)) {
    merged.start = Math.min(merged.start, last.start);
    merged.isGiven ||= last.isGiven;
    spans.pop();
  }
  spans.push(merged);
}
