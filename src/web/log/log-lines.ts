import { createAnsiSequenceParser, type ParseToken } from 'ansi-sequence-parser';
import { LogLineNumbers } from '../../domain/log-lines.ts';

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

/** Some lines, and how many of them, from the first on, will not change any more. */
export interface LineList {
  lines: readonly LogLine[];
  settled: number;
}

/**
 * The lines of a log as its chunks come in; steps that run side by side do not break into each other's lines. A chunk
 * that comes again, because a stream began anew, changes nothing.
 */
export class LogLines {
  readonly #numbers = new LogLineNumbers();
  readonly #lines: LogLine[] = [];
  readonly #steps = new Map<string, StepLines>();
  readonly #listeners = new Set<() => void>();
  #lastSeq = 0;
  #version = 0;

  append({ seq, step, text }: LogChunk): void {
    if (seq <= this.#lastSeq) return;
    this.#lastSeq = seq;
    const own = this.#steps.get(step) ?? { parser: createAnsiSequenceParser(), lines: [] };
    this.#steps.set(step, own);
    for (const part of this.#numbers.take(step, text)) {
      const line = this.#lines[part.line - 1] ?? this.#newLine(step, own);
      if (part.text !== '') extend(line, own.parser.parse(part.text));
    }
    this.#version += 1;
    for (const tell of this.#listeners) tell();
  }

  /** All of them, or those of one step, in the order in which they came. */
  linesOf(step: string | undefined): LineList {
    if (step === undefined) return { lines: this.#lines, settled: this.#numbers.firstOpen - 1 };
    const lines = this.#steps.get(step)?.lines ?? [];
    return { lines, settled: Math.max(0, lines.length - 1) };
  }

  readonly subscribe = (tell: () => void): (() => void) => {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  };

  /** Another number whenever something has come. */
  readonly version = (): number => this.#version;

  #newLine(step: string, own: StepLines): LogLine {
    const line: LogLine = { step, text: '', pieces: null };
    this.#lines.push(line);
    own.lines.push(line);
    return line;
  }
}

interface StepLines {
  parser: ReturnType<typeof createAnsiSequenceParser>;
  lines: LogLine[];
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
