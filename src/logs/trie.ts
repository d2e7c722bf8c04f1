/**
 * The beginnings of a set of words, one node each, in flat arrays. Node 0 is the empty beginning; as an answer it
 * means "none". Units (UTF-16) are counted in columns: 0 for all that no word has.
 */
export class Trie {
  readonly columnOf: Uint16Array;
  /** Number of columns. */
  readonly width: number;
  readonly depths: Int32Array;
  readonly parents: Int32Array;
  /** The column that leads to a node. */
  readonly columns: Uint16Array;
  /** The length of the word that a node is, 0 for one that is only a beginning. */
  readonly ends: Int32Array;
  readonly #firstChild: Int32Array;
  readonly #sibling: Int32Array;
  #size = 1;

  constructor(words: string[]) {
    const units = new Set(words.flatMap((word) => word.split('')).map((unit) => unit.charCodeAt(0)));
    const capacity = words.reduce((sum, word) => sum + word.length, 1);
    this.columnOf = new Uint16Array(2 ** 16);
    for (const [index, unit] of [...units].entries()) this.columnOf[unit] = index + 1;
    this.width = units.size + 1;
    this.depths = new Int32Array(capacity);
    this.parents = new Int32Array(capacity);
    this.columns = new Uint16Array(capacity);
    this.ends = new Int32Array(capacity);
    this.#firstChild = new Int32Array(capacity);
    this.#sibling = new Int32Array(capacity);
    for (const word of words) this.#add(word);
  }

  get size(): number {
    return this.#size;
  }

  child(node: number, column: number): number {
    let child = at(this.#firstChild, node);
    while (child > 0 && this.columns[child] !== column) child = at(this.#sibling, child);
    return child;
  }

  /** All nodes but 0, the short ones first. */
  breadthFirst(): number[] {
    const nodes = Array.from({ length: this.#size - 1 }, (_, index) => index + 1);
    return nodes.sort((one, other) => at(this.depths, one) - at(this.depths, other));
  }

  #add(word: string): void {
    let node = 0;
    for (let index = 0; index < word.length; index += 1) {
      const column = at(this.columnOf, word.charCodeAt(index));
      node = this.child(node, column) || this.#grow(node, column);
    }
    this.ends[node] = word.length;
  }

  #grow(parent: number, column: number): number {
    const node = this.#size;
    this.#size += 1;
    this.depths[node] = at(this.depths, parent) + 1;
    this.parents[node] = parent;
    this.columns[node] = column;
    this.#sibling[node] = at(this.#firstChild, parent);
    this.#firstChild[parent] = node;
    return node;
  }
}

/** An element that is known to be there. */
export function at(array: Int32Array | Uint16Array, index: number): number {
  return array[index] ?? 0;
}
