/**
 * Shortens what comes without an end of line for too long: the beginning of such a line goes on at once, of the rest only the
 * last is kept, for when the line ends. A character or a colour is never cut through.
 */
export class LongLines {
  /** Of the line so far, in UTF-16 units, as far as it went on. */
  #given = 0;
  #held = '';
  #leftOut = 0;

  /** @returns what of it is certain to stay */
  push(text: string): string {
    if (this.#held === '' && this.#given + text.length <= headUnits) {
      const lastEnd = text.lastIndexOf('\n');
      this.#given = lastEnd === -1 ? this.#given + text.length : text.length - lastEnd - 1;
      return text;
    }
    let out = '';
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf('\n', from);
      const to = end === -1 ? text.length : end + 1;
      out += this.#pushPart(text.slice(from, to));
      if (end !== -1) out += this.end();
      from = to;
    }
    return out;
  }

  /** @returns what was still held back; what comes after is a line anew */
  end(): string {
    this.#shorten(tailUnits);
    const mark =
      this.#leftOut === 0 ? '' : `\n[Trunkline left out ${this.#leftOut} characters of this line]\n`;
    const rest = mark + this.#held;
    this.#given = 0;
    this.#held = '';
    this.#leftOut = 0;
    return rest;
  }

  #pushPart(part: string): string {
    const room = this.#held === '' ? headUnits - this.#given : 0;
    const cut = part.length <= room ? part.length : cleanCut(part, room);
    this.#given += cut;
    if (cut === part.length) return part;
    this.#held += part.slice(cut);
    if (this.#held.length > 2 * tailUnits) this.#shorten(tailUnits);
    return part.slice(0, cut);
  }

  #shorten(units: number): void {
    if (this.#held.length <= units) return;
    const cut = this.#held.length - units;
    const from = isSecondHalf(this.#held, cut) ? cut + 1 : cut;
    this.#leftOut += from;
    this.#held = this.#held.slice(from);
  }
}

/** Together 1 MiB of plain text. */
const headUnits = 768 * 2 ** 10;
const tailUnits = 256 * 2 ** 10;
const longestColour = 64;
const colourBegin = String.raw`(?:\x1b\[?|\x9b)`;
const openColour = new RegExp(`${colourBegin}[0-9;:]*$`);

/** The last place up to `at` that is within no character and no colour. */
function cleanCut(text: string, at: number): number {
  const from = Math.max(0, at - longestColour);
  const open = openColour.exec(text.slice(from, at));
  if (open !== null) return from + open.index;
  return isSecondHalf(text, at) ? at - 1 : at;
}

function isSecondHalf(text: string, at: number): boolean {
  return at > 0 && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1));
}
