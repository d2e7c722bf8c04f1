import { LogLineNumbers } from '../domain/log-lines.ts';
import type { LogChunk } from '../store/log-chunks.ts';

export interface LogSearch {
  /** Capital and small letters are the same. */
  text: string;
  /** Only lines behind this one. */
  afterLine: number;
  limit: number;
}

export interface LogHit {
  /** As the page counts them. */
  line: number;
  step: string;
  at: Date;
  /** The line without its colours. */
  text: string;
}

/**
 * The first lines that hold a text, in order, at most `limit`; `isMore`: others follow. Reads no further than it has to.
 * @returns null when `signal` was aborted before that was known
 */
export async function searchLog(
  chunks: AsyncIterable<LogChunk>,
  search: LogSearch,
  signal: AbortSignal,
): Promise<{ hits: LogHit[]; isMore: boolean } | null> {
  const lines = new SearchedLines(search);
  for await (const chunk of chunks) {
    if (signal.aborted) return null;
    lines.take(chunk);
    if (lines.isEnough()) return lines.found();
  }
  lines.end();
  return lines.found();
}

class SearchedLines {
  readonly #search: LogSearch;
  readonly #needle: string;
  readonly #numbers = new LogLineNumbers();
  /** What lines that have not ended hold so far. */
  readonly #open = new Map<number, LogHit>();
  #hits: LogHit[] = [];

  constructor(search: LogSearch) {
    this.#search = search;
    this.#needle = search.text.toLowerCase();
  }

  take({ stepId, at, text }: LogChunk): void {
    const mayHit = this.#holds(text);
    for (const part of this.#numbers.take(stepId, text)) {
      const begun = this.#open.get(part.line);
      const line = { line: part.line, step: stepId, at, text: (begun?.text ?? '') + part.text };
      if (!part.isLast) this.#open.set(part.line, line);
      else if (begun !== undefined || mayHit) this.#finish(line);
    }
  }

  /** Whether nothing that is still to come belongs before what was found. */
  isEnough(): boolean {
    const { limit } = this.#search;
    if (this.#hits.length <= limit) return false;
    this.#hits = this.#hits.toSorted((one, other) => one.line - other.line).slice(0, limit + 1);
    return (this.#hits.at(-1)?.line ?? 0) < this.#numbers.firstOpen;
  }

  end(): void {
    for (const line of this.#open.values()) this.#finish(line);
  }

  found(): { hits: LogHit[]; isMore: boolean } {
    const { limit } = this.#search;
    const hits = this.#hits.toSorted((one, other) => one.line - other.line);
    return { hits: hits.slice(0, limit), isMore: hits.length > limit };
  }

  #finish(line: LogHit): void {
    this.#open.delete(line.line);
    if (line.line <= this.#search.afterLine || !this.#holds(line.text)) return;
    this.#hits.push({ ...line, text: plain(line.text) });
  }

  #holds(text: string): boolean {
    return plain(text).toLowerCase().includes(this.#needle);
  }
}

/** Colours are all that a log keeps of a terminal's sequences. */
function plain(text: string): string {
  return text.includes('\x1b') || text.includes('\x9b') ? text.replace(colours, '') : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
const colours = /(?:\x1b\[|\x9b)[0-9;:]*m/g;
