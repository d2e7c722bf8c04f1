/**
 * Passes quickly over text in which none of a set of words can begin. Looks at three units (UTF-16) at every second
 * place: a word of at least four has its first three, or those from its second on, at such a place.
 */
export class WordBeginnings {
  /** By a mixture of three units: 1 where a word may have them at its beginning. */
  readonly #isKnown = new Uint8Array(2 ** 16);

  /** @param words of at least four units each */
  constructor(words: Iterable<string>) {
    for (const word of words) {
      for (const from of [0, 1]) {
        const [first, second, third] = [0, 1, 2].map((offset) => word.charCodeAt(from + offset));
        this.#isKnown[mixed(first ?? 0, second ?? 0, third ?? 0)] = 1;
      }
    }
  }

  /** The first place from `from` on where a word may begin; the last places of a text may always be one. */
  find(text: string, from: number): number {
    const isKnown = this.#isKnown;
    const last = text.length - 2;
    let first = text.charCodeAt(from);
    let index = from;
    for (; index < last; index += 2) {
      const third = text.charCodeAt(index + 2);
      if (isKnown[mixed(first, text.charCodeAt(index + 1), third)] === 1) break;
      first = third;
    }
    return Math.min(Math.max(from, index - 1), text.length);
  }
}

function mixed(first: number, second: number, third: number): number {
  return Math.imul((first << 14) ^ (second << 7) ^ third, 0x9e37_79b1) >>> 16;
}
