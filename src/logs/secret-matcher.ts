import { type Secret, shortestSecret } from '../domain/secret.ts';
import { spellingsOf } from './secret-spellings.ts';
import { at, Trie } from './trie.ts';
import { WordBeginnings } from './word-beginnings.ts';

/** What comes next in a stream, and the state that everything before has led to (at first 0). */
export interface Reading {
  state: number;
  text: string;
}

/** Told for each place where a secret ends: the longest one. It may have begun in an earlier text: below 0. */
export type OnSecret = (start: number, end: number) => void;

/**
 * Finds all spellings of a set of secrets in one pass, at any number of places at once: the automaton of Aho and
 * Corasick, which is only asked where a spelling may begin. Built once, shared by any number of streams. Its table is
 * large but empty: an entry is computed when a text first needs it, so memory follows the texts.
 */
export class SecretMatcher {
  /** How many secrets are too short to be masked: worth a warning. */
  readonly tooShort: number;
  readonly #beginnings: WordBeginnings;
  readonly #trie: Trie;
  /** For each state: the state of the longest proper suffix of its text. */
  readonly #suffix: Int32Array;
  /** For each state: the length of the longest spelling that ends there, or 0. */
  readonly #longestEnd: Int32Array;
  /**
   * By state and column: the next state plus one, above two bits for what one must know of it; 0 for "not computed".
   */
  readonly #next: Int32Array;

  constructor(secrets: Iterable<Secret>) {
    const values = [...secrets].map((secret) => secret.reveal());
    this.tooShort = values.filter((value) => value.length < shortestSecret).length;
    const spellings = values.flatMap(spellingsOf);
    this.#beginnings = new WordBeginnings(spellings);
    const trie = new Trie(spellings);
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

  /** Reads to the end of the text, and returns the new state. */
  read({ state, text }: Reading, found: OnSecret): number {
    let current = state;
    let index = 0;
    while (index < text.length) {
      if (current === 0) index = this.#beginnings.find(text, index);
      const left = this.#walk({ state: current, text }, index, found);
      if (left.at === text.length) return left.state;
      // What may be a beginning is looked at again.
      index = left.at - this.depth(left.state);
      current = 0;
    }
    return current;
  }

  /** Reads until no spelling has begun for sure, or to the end. */
  #walk({ state, text }: Reading, from: number, found: OnSecret) {
    const { columnOf, width } = this.#trie;
    const next = this.#next;
    const mayLeaveFrom = from + fewestUnits;
    let current = state;
    let index = from;
    while (index < text.length) {
      const column = at(columnOf, text.charCodeAt(index));
      const known = at(next, current * width + column) || this.#find(current, column);
      current = (known >> 2) - 1;
      index += 1;
      if ((known & endsWord) !== 0) found(index - at(this.#longestEnd, current), index);
      if ((known & isShallow) !== 0 && index >= mayLeaveFrom) break;
    }
    return { at: index, state: current };
  }

  /** The entry of a state and a column; both that state and the next one are linked. */
  #find(state: number, column: number): number {
    const place = state * this.#trie.width + column;
    const known = at(this.#next, place);
    if (known > 0) return known;
    const child = this.#trie.child(state, column);
    const entry =
      child > 0 || state === 0 ? this.#entryOf(child) : this.#find(at(this.#suffix, state), column);
    this.#next[place] = entry;
    return entry;
  }

  #entryOf(state: number): number {
    const shallow = this.depth(state) <= mostDepthToLeave ? isShallow : 0;
    const end = at(this.#longestEnd, state) > 0 ? endsWord : 0;
    return ((state + 1) << 2) | shallow | end;
  }

  /** A suffix is shorter than its text, so it is complete when states come breadth first. */
  #link(state: number): void {
    const parent = at(this.#trie.parents, state);
    const suffix =
      parent === 0 ? 0 : (this.#find(at(this.#suffix, parent), at(this.#trie.columns, state)) >> 2) - 1;
    this.#suffix[state] = suffix;
    this.#longestEnd[state] ||= at(this.#longestEnd, suffix);
  }
}

/** Bits of an entry: a spelling ends there; so little of one has begun that it may be looked for anew. */
const endsWord = 1;
const isShallow = 2;
const mostDepthToLeave = 2;
/** What the automaton reads at least, so that it gets on though what it is left with is read again. */
const fewestUnits = 4;
