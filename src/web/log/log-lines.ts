import { createAnsiSequenceParser, type ParseToken } from 'ansi-sequence-parser';

export interface LogLine {
  step: string;
  /** Without colours: what is searched. */
  text: string;
  /** Pieces of one look each; null where all of it is plain. */
  pieces: ParseToken[] | null;
}

export interface LogChunk {
  seq: number;
  step: string;
  text: string;
}

const isColoured = (piece: ParseToken) =>
  piece.foreground !== null || piece.background !== null || piece.decorations.size > 0;

/**
 * The lines of a log as its chunks come in; steps that run side by side do not break into each other's lines. A chunk
 * that comes again, because a stream began anew, changes nothing.
 */
export class LogLines {
  readonly #lines: LogLine[] = [];
  readonly #steps = new Map<
    string,
    { parser: ReturnType<typeof createAnsiSequenceParser>; open: LogLine | null }
  >();
  readonly #listeners = new Set<() => void>();
  #lastSeq = 0;
  #version = 0;

  append({ seq, step, text }: LogChunk): void {
    if (seq <= this.#lastSeq) return;
    this.#lastSeq = seq;
    const state = this.#steps.get(step) ?? { parser: createAnsiSequenceParser(), open: null };
    this.#steps.set(step, state);
    const parts = text.split('\n');
    parts.forEach((part, index) => {
      const isLast = index === parts.length - 1;
      for (const piece of part === '' && isLast ? [] : piecesOf(part)) {
        if (state.open === null || state.open.text.length >= mostUnits) state.open = this.#newLine(step);
        extend(state.open, state.parser.parse(piece));
      }
      if (!isLast) state.open = null;
    });
    this.#version += 1;
    for (const tell of this.#listeners) tell();
  }

  /** All of them, or those of one step, in the order in which they came. */
  linesOf(step: string | undefined): readonly LogLine[] {
    return step === undefined ? this.#lines : this.#lines.filter((line) => line.step === step);
  }

  readonly subscribe = (tell: () => void): (() => void) => {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  };

  /** Another number whenever something has come. */
  readonly version = (): number => this.#version;

  #newLine(step: string): LogLine {
    const line: LogLine = { step, text: '', pieces: null };
    this.#lines.push(line);
    return line;
  }
}

/** A longer line goes on as the next one: no browser lays out a line of many megabytes. */
const mostUnits = 8 * 1_024;

function piecesOf(part: string): string[] {
  if (part.length <= mostUnits) return [part];
  return Array.from({ length: Math.ceil(part.length / mostUnits) }, (_, index) =>
    part.slice(index * mostUnits, (index + 1) * mostUnits),
  );
}

function extend(line: LogLine, parsed: ParseToken[]): void {
  const pieces = parsed
    .filter(({ value }) => value !== '')
    .map((piece) => ({ ...piece, decorations: new Set(piece.decorations) }));
  if (line.pieces !== null || pieces.some(isColoured)) {
    line.pieces = [...(line.pieces ?? plainPiece(line.text)), ...pieces];
  }
  line.text += pieces.map(({ value }) => value).join('');
}

function plainPiece(value: string): ParseToken[] {
  return value === '' ? [] : [{ value, foreground: null, background: null, decorations: new Set() }];
}
