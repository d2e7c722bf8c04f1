import type { Secret } from '../domain/secret.ts';
import { shortestSecret, spellingsOf } from './secret-spellings.ts';
import { at, Trie } from './trie.ts';

/** Where to read on: `text` from `from`, in the state that everything before has led to (at first 0). */
export interface Reading {
  state: number;
  text: string;
  from: number;
}

/**
 * Finds all spellings of a set of secrets in one pass, at any number of places at once: the automaton of Aho and
 * Corasick. Built once, shared by any number of streams. Its table is large but empty: an entry is computed when a
 * text first needs it, so memory follows the texts.
 */
export class SecretMatcher {
  /** How many secrets are too short to be masked: worth a warning. */
  readonly tooShort: number;
  readonly #trie: Trie;
  /** For each state: the state of the longest proper suffix of its text. */
  readonly #suffix: Int32Array;
  /** For each state: the length of the longest spelling that ends there, or 0. */
  readonly #longestEnd: Int32Array;
  /** By state and column: the next state plus one, or 0 for "not computed". */
  readonly #next: Int32Array;

  constructor(secrets: Iterable<Secret>) {
    const values = [...secrets].map((secret) => secret.reveal());
    this.tooShort = values.filter((value) => value.length < shortestSecret).length;
    const trie = new Trie(values.flatMap(spellingsOf));
    this.#trie = trie;
    this.#suffix = new Int32Array(trie.size);
    this.#longestEnd = trie.ends.slice(0, trie.size);
    this.#next = new Int32Array(trie.size * trie.width);
    for (const state of trie.breadthFirst()) this.#link(state);
  }

  /** How many of the last units read may be the beginning of a secret. */
  depth(state: number): number {
    return at(this.#trie.depths, state);
  }

  /** Reads to the end of the text, tells the longest secret that ends at each place, and returns the new state. */
  read({ state, text, from }: Reading, found: (start: number, end: number) => void): number {
    const { columnOf, width } = this.#trie;
    const next = this.#next;
    const longestEnd = this.#longestEnd;
    let current = state;
    for (let index = from; index < text.length; index += 1) {
      const column = at(columnOf, text.charCodeAt(index));
      const known = at(next, current * width + column);
      current = known > 0 ? known - 1 : this.#find(current, column);
      const length = at(longestEnd, current);
      if (length > 0) found(index + 1 - length, index + 1);
    }
    return current;
  }

  #find(state: number, column: number): number {
    const child = this.#trie.child(state, column);
    const found = child > 0 || state === 0 ? child : this.#find(at(this.#suffix, state), column);
    this.#next[state * this.#trie.width + column] = found + 1;
    return found;
  }

  /** A suffix is shorter than its text, so it is complete when states come breadth first. */
  #link(state: number): void {
    const parent = at(this.#trie.parents, state);
    const suffix = parent === 0 ? 0 : this.#find(at(this.#suffix, parent), at(this.#trie.columns, state));
    this.#suffix[state] = suffix;
    this.#longestEnd[state] ||= at(this.#longestEnd, suffix);
  }
}
