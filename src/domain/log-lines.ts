/** What a chunk of a log brings to one line. */
export interface LogLinePart {
  /** Lines count from 1, in the order in which they begin. */
  line: number;
  text: string;
  /** The line ends here. */
  isLast: boolean;
}

/** A longer line goes on as the next one: no browser lays out a line of many megabytes. In UTF-16 units. */
const mostUnits = 8 * 1_024;

/**
 * Numbers the lines of a log as its chunks come in, the same way wherever that is done. Steps that run side by side do
 * not break into each other's lines.
 */
export class LogLineNumbers {
  readonly #open = new Map<string, { line: number; units: number }>();
  #count = 0;

  take(step: string, text: string): LogLinePart[] {
    const parts: LogLinePart[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#add(parts, step, text.slice(from, end));
      this.#end(parts, step);
      from = end + 1;
    }
    if (from < text.length) this.#add(parts, step, text.slice(from));
    return parts;
  }

  /** Lines before this one are whole. */
  get firstOpen(): number {
    return Math.min(this.#count + 1, ...[...this.#open.values()].map(({ line }) => line));
  }

  #add(parts: LogLinePart[], step: string, text: string): void {
    for (let from = 0; from === 0 || from < text.length; from += mostUnits) {
      const piece = text.slice(from, from + mostUnits);
      const open = this.#open.get(step);
      if (open !== undefined && open.units >= mostUnits) this.#end(parts, step);
      const line = this.#open.get(step) ?? { line: this.#begin(), units: 0 };
      line.units += piece.length;
      this.#open.set(step, line);
      parts.push({ line: line.line, text: piece, isLast: false });
    }
  }

  #begin(): number {
    this.#count += 1;
    return this.#count;
  }

  #end(parts: LogLinePart[], step: string): void {
    const line = this.#open.get(step)?.line ?? 0;
    const last = parts.at(-1);
    if (last?.line === line) last.isLast = true;
    else parts.push({ line, text: '', isLast: true });
    this.#open.delete(step);
  }
}
