import type { Statement, Value } from './groovy-syntax.ts';
import type { TokenCursor } from './token-cursor.ts';

export const maxDepth = 32;

/** Reads arguments and values, as far as they are texts, words, calls, lists and closures. */
export class ValueReader {
  readonly #cursor: TokenCursor;
  readonly #readBlock: (depth: number) => Statement[];

  /** @param readBlock reads from `{` to behind its `}` */
  constructor(cursor: TokenCursor, readBlock: (depth: number) => Statement[]) {
    this.#cursor = cursor;
    this.#readBlock = readBlock;
  }

  /** What stands behind a name, with or without brackets; those are the caller's. */
  args(statement: Pick<Statement, 'args'>, named: Map<string, Value>, depth: number): void {
    for (;;) {
      this.#cursor.skipBreaksAfterComma();
      if (this.#cursor.key() === null && this.#isEndOfArgs()) return;
      this.#addValue(statement.args, named, depth);
      if (this.#cursor.isMark(',')) {
        this.#cursor.take();
        continue;
      }
      this.#cursor.skipBreaksBefore(')');
      if (!this.#cursor.isMark(',')) return;
      this.#cursor.take();
    }
  }

  value(depth: number): Value {
    const value = depth >= maxDepth ? null : this.#simpleValue(depth + 1);
    if (value !== null && this.#cursor.isValueEnd()) return value;
    const compared = value?.kind === 'word' ? this.#compared(value.text) : null;
    if (compared !== null && this.#cursor.isValueEnd()) return compared;
    while (!this.#cursor.isValueEnd()) this.#cursor.skipOne();
    return { kind: 'other' };
  }

  /** What stands behind an `=`, which is taken too. */
  assigned(depth: number): Value {
    this.#cursor.take();
    this.#cursor.skipBreaks();
    return this.#closureOrValue(depth);
  }

  /** The one value in `{ }`, which is taken too; null, and nothing is taken: there is more in it. */
  onlyValue(depth: number): Value | null {
    const start = this.#cursor.position;
    this.#cursor.take();
    this.#cursor.skipBreaks();
    if (this.#cursor.peek().text === 'return') this.#cursor.take();
    const value = this.value(depth);
    this.#cursor.skipBreaks();
    if (value.kind !== 'other' && this.#cursor.isMark('}')) {
      this.#cursor.take();
      return value;
    }
    this.#cursor.returnTo(start);
    return null;
  }

  #isEndOfArgs(): boolean {
    return this.#cursor.isMark(')') || this.#cursor.isMark('{') || this.#cursor.isStatementEnd();
  }

  /** `key: value`, where the value may be a closure. */
  #keyed(depth: number): Value {
    this.#cursor.take(2);
    this.#cursor.skipBreaks();
    return this.#closureOrValue(depth);
  }

  #closureOrValue(depth: number): Value {
    if (!this.#cursor.isMark('{') || depth >= maxDepth) return this.value(depth);
    const { line } = this.#cursor.peek();
    return { kind: 'closure', line, block: this.#readBlock(depth) };
  }

  /** `== 'text'`, and `|| word == 'other'` as often as it comes. */
  #compared(word: string): Value | null {
    const texts: string[] = [];
    for (;;) {
      if (!this.#takeMarks('==')) return null;
      const { kind, text } = this.#cursor.peek();
      if (kind !== 'text') return null;
      this.#cursor.take();
      texts.push(text);
      if (!this.#takeMarks('||')) return { kind: 'equals', word, texts };
      this.#cursor.skipBreaks();
      if (this.#cursor.peek().kind !== 'word' || this.#cursor.dottedName() !== word) return null;
    }
  }

  /** Takes two marks if both are there. */
  #takeMarks(marks: string): boolean {
    const start = this.#cursor.position;
    for (const mark of marks) {
      if (!this.#cursor.isMark(mark)) {
        this.#cursor.returnTo(start);
        return false;
      }
      this.#cursor.take();
    }
    return true;
  }

  #simpleValue(depth: number): Value | null {
    const token = this.#cursor.peek();
    if (token.kind === 'text') {
      this.#cursor.take();
      return { kind: 'text', text: token.text, odd: token.odd, names: token.names };
    }
    if (token.kind === 'number') {
      this.#cursor.take();
      return { kind: 'word', text: token.text };
    }
    const named = new Map<string, Value>();
    if (token.kind === 'word') {
      const name = this.#cursor.dottedName();
      if (!this.#cursor.isMark('(')) return { kind: 'word', text: name };
      return { kind: 'call', name, args: this.#values({ open: '(', close: ')', named }, depth), named };
    }
    if (!this.#cursor.isMark('[')) return null;
    return { kind: 'list', items: this.#values({ open: '[', close: ']', named }, depth), named };
  }

  /** @param list.named takes what has a key */
  #values(
    { open, close, named }: { open: string; close: string; named: Map<string, Value> },
    depth: number,
  ): Value[] {
    const values: Value[] = [];
    if (this.#cursor.isMark(open)) this.#cursor.take();
    // [:]
    if (this.#cursor.isMark(':')) this.#cursor.take();
    for (;;) {
      this.#cursor.skipBreaksAfterComma();
      if (this.#cursor.isMark(close)) {
        this.#cursor.take();
        return values;
      }
      const before = this.#cursor.position;
      this.#addValue(values, named, depth);
      this.#cursor.skipBreaksBefore(close);
      if (this.#cursor.isMark(',')) this.#cursor.take();
      else if (!this.#cursor.isMark(close)) return values;
      if (this.#cursor.position === before) return values;
    }
  }

  #addValue(values: Value[], named: Map<string, Value>, depth: number): void {
    const key = this.#cursor.key();
    if (key !== null) named.set(key, this.#keyed(depth));
    else if (this.#cursor.peek().kind !== 'end') values.push(this.value(depth));
  }
}
