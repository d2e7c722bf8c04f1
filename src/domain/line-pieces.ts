/** A line, or a piece of one that is too long to be held in memory. */
export interface LinePiece {
  text: string;
  /** The line begins here. */
  isFirst: boolean;
  /** The line ends here. */
  isLast: boolean;
}

/**
 * Finds the lines in text that comes cut anywhere. What has not ended is held back, but never more than about
 * `mostUnits` of it (UTF-16 units): a longer line comes in pieces.
 */
export class LinePieces {
  readonly #mostUnits: number;
  #rest = '';
  #isBegun = false;

  constructor(mostUnits = 64 * 1_024) {
    this.#mostUnits = mostUnits;
  }

  push(text: string): LinePiece[] {
    const pieces: LinePiece[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      pieces.push(this.#take(text.slice(from, end), true));
      from = end + 1;
    }
    const open = text.slice(from);
    if (this.#rest.length + open.length > this.#mostUnits) pieces.push(this.#take(open, false));
    else this.#rest += open;
    return pieces;
  }

  /** What was held back, as the end of its line; afterwards other text may begin. */
  end(): LinePiece[] {
    return this.#rest === '' && !this.#isBegun ? [] : [this.#take('', true)];
  }

  #take(text: string, isLast: boolean): LinePiece {
    const piece = { text: this.#rest + text, isFirst: !this.#isBegun, isLast };
    this.#rest = '';
    this.#isBegun = !isLast;
    return piece;
  }
}
