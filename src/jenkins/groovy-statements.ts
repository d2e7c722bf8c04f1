import { type Token, tokensOf } from './groovy-tokens.ts';
import { TokenCursor } from './token-cursor.ts';

/** `name arg, key: value { block }`, or `name = value`. */
export interface Statement {
  name: string;
  line: number;
  args: Value[];
  named: ReadonlyMap<string, Value>;
  /** null: it has none. */
  block: Statement[] | null;
}

export type Value =
  | { kind: 'text'; text: string; odd: string[] }
  | { kind: 'word'; text: string }
  | { kind: 'call'; name: string; args: Value[]; named: ReadonlyMap<string, Value> }
  | { kind: 'list'; items: Value[] }
  /** An expression of another kind. */
  | { kind: 'other' };

export interface Statements {
  statements: Statement[];
  /** The line in which a block begins that is never closed; null: all are. */
  openLine: number | null;
  /** What is no such statement, by its beginning. */
  unreadable: { line: number; text: string }[];
}

const maxDepth = 32;
/** Blocks of plain Groovy, and words that begin it. */
const groovyBlocks = new Set(['script', 'expression']);
const groovyWords = new Set([
  'def',
  'if',
  'else',
  'for',
  'while',
  'try',
  'return',
  'import',
  'class',
  'switch',
]);

/** Blocks of Groovy that a scripted Jenkinsfile is made of, as statements. */
const scriptedWords = new Set(['if', 'else', 'try', 'catch', 'finally']);

/**
 * Reads a Jenkinsfile as far as it is made of such statements. Never throws.
 * @param isScripted whether `if` and `try` are statements as well
 */
export function readStatements(source: string, isScripted = false): Statements {
  const reader = new Reader(tokensOf(source.replace(/^#!.*/, '')), isScripted);
  const statements = reader.statements(0);
  return { statements, unreadable: reader.unreadable, openLine: reader.openLine };
}

/** '' for what is neither a text nor a word. */
export function plainText(value: Value | undefined): string {
  return value?.kind === 'text' || value?.kind === 'word' ? value.text : '';
}

class Reader {
  readonly unreadable: Statements['unreadable'] = [];
  openLine: number | null = null;
  readonly #cursor: TokenCursor;
  readonly #isScripted: boolean;

  constructor(tokens: Token[], isScripted: boolean) {
    this.#cursor = new TokenCursor(tokens);
    this.#isScripted = isScripted;
  }

  /** Up to the brace that closes the block, which is taken. */
  statements(depth: number): Statement[] {
    const { line } = this.#cursor.peek();
    const found: Statement[] = [];
    for (let next = this.#next(depth); next !== 'closed'; next = this.#next(depth)) {
      if (next === 'end') {
        if (depth > 0) this.openLine ??= line;
        return found;
      }
      if (next !== null) found.push(next);
    }
    return found;
  }

  /** null: nothing that counts. */
  #next(depth: number): Statement | 'closed' | 'end' | null {
    const { kind } = this.#cursor.peek();
    if (kind === 'end') return 'end';
    if (kind !== 'break' && !this.#cursor.isMark('}')) return this.#statement(depth);
    this.#cursor.take();
    return kind === 'mark' && depth > 0 ? 'closed' : null;
  }

  /** null: it is none, and is passed over. */
  #statement(depth: number): Statement | null {
    const first = this.#cursor.peek();
    const isBlock = this.#isScripted && scriptedWords.has(first.text);
    const isPlain = first.kind === 'word' && (isBlock || !groovyWords.has(first.text));
    if (!isPlain || depth >= maxDepth) {
      this.#skipStatement(first);
      return null;
    }
    const name = this.#cursor.dottedName();
    const statement: Statement = { name, line: first.line, args: [], named: new Map(), block: null };
    this.#readArgs(statement, depth);
    if (this.#cursor.isMark('{')) statement.block = this.#block(statement.name, depth);
    const goesOn = isBlock && scriptedWords.has(this.#cursor.peek().text);
    if (!goesOn && !this.#cursor.isStatementEnd()) this.#skipStatement(this.#cursor.peek());
    return statement;
  }

  #readArgs(statement: Statement, depth: number): void {
    const named = new Map<string, Value>();
    statement.named = named;
    if (this.#cursor.isMark('=')) {
      this.#cursor.take();
      statement.args.push(this.#value(depth));
    } else if (this.#cursor.isMark('(')) {
      this.#cursor.take();
      this.#args(statement, named, depth);
      if (this.#cursor.isMark(')')) this.#cursor.take();
      // docker.image('node').inside { }
      if (this.#isScripted && this.#cursor.isMark('.')) statement.name += this.#cursor.further();
    } else if (!this.#cursor.isStatementEnd() && !this.#cursor.isMark('{'))
      this.#args(statement, named, depth);
  }

  #block(name: string, depth: number): Statement[] {
    if (groovyBlocks.has(name)) {
      this.#cursor.skipBalanced();
      return [];
    }
    this.#cursor.take();
    return this.statements(depth + 1);
  }

  #args(statement: Statement, named: Map<string, Value>, depth: number): void {
    for (;;) {
      this.#cursor.skipBreaksAfterComma();
      const key = this.#cursor.key();
      if (this.#cursor.isMark(')') || this.#cursor.isMark('{') || this.#cursor.isStatementEnd()) return;
      if (key !== null) {
        this.#cursor.take(2);
        named.set(key, this.#value(depth));
      } else statement.args.push(this.#value(depth));
      if (!this.#cursor.isMark(',')) {
        this.#cursor.skipBreaksBefore(')');
        return;
      }
      this.#cursor.take();
    }
  }

  #value(depth: number): Value {
    const value = depth >= maxDepth ? null : this.#simpleValue(depth + 1);
    if (value !== null && this.#cursor.isValueEnd()) return value;
    while (!this.#cursor.isValueEnd()) {
      this.#cursor.skipOne();
    }
    return { kind: 'other' };
  }

  #simpleValue(depth: number): Value | null {
    const token = this.#cursor.peek();
    if (token.kind === 'text') {
      this.#cursor.take();
      return { kind: 'text', text: token.text, odd: token.odd };
    }
    if (token.kind === 'number') {
      this.#cursor.take();
      return { kind: 'word', text: token.text };
    }
    if (token.kind === 'word') {
      const name = this.#cursor.dottedName();
      if (!this.#cursor.isMark('(')) return { kind: 'word', text: name };
      const named = new Map<string, Value>();
      return { kind: 'call', name, args: this.#values({ open: '(', close: ')', named }, depth), named };
    }
    if (!this.#cursor.isMark('[')) return null;
    return { kind: 'list', items: this.#values({ open: '[', close: ']', named: new Map() }, depth) };
  }

  /** @param list.named takes what has a key */
  #values(
    { open, close, named }: { open: string; close: string; named: Map<string, Value> },
    depth: number,
  ): Value[] {
    const values: Value[] = [];
    if (this.#cursor.isMark(open)) this.#cursor.take();
    for (;;) {
      this.#cursor.skipBreaksAfterComma();
      if (this.#cursor.peek().kind === 'end') return values;
      if (this.#cursor.isMark(close)) {
        this.#cursor.take();
        return values;
      }
      const before = this.#cursor.position;
      const key = this.#cursor.key();
      if (key !== null) {
        this.#cursor.take(2);
        named.set(key, this.#value(depth));
      } else values.push(this.#value(depth));
      this.#cursor.skipBreaksBefore(close);
      if (this.#cursor.isMark(',')) this.#cursor.take();
      else if (!this.#cursor.isMark(close)) return values;
      if (this.#cursor.position === before) return values;
    }
  }

  /** To the end of the line, or of what is opened in it. */
  #skipStatement({ line, text }: Token): void {
    this.unreadable.push({ line, text: text.split('\n', 1)[0]?.slice(0, 40) ?? '' });
    while (!this.#cursor.isStatementEnd()) {
      this.#cursor.skipOne();
    }
  }
}
