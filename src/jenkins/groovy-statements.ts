import type { Statement, Value } from './groovy-syntax.ts';
import { type Token, tokensOf } from './groovy-tokens.ts';
import { maxDepth, ValueReader } from './groovy-values.ts';
import { TokenCursor } from './token-cursor.ts';

export interface Statements {
  statements: Statement[];
  /** The line in which a block begins that is never closed; null: all are. */
  openLine: number | null;
  /** What is no such statement, by its beginning. */
  unreadable: { line: number; text: string }[];
}

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

/** What a `script` may hold and still be no more than the steps in it. */
const plainSteps = new Set([
  ...[
    'sh',
    'echo',
    'error',
    'checkout',
    'git',
    'cleanWs',
    'deleteDir',
    'archiveArtifacts',
    'stash',
    'unstash',
  ],
  ...[
    'dir',
    'timeout',
    'retry',
    'withEnv',
    'withCredentials',
    'timestamps',
    'ansiColor',
    'junit',
    'publishHTML',
  ],
  ...['bat', 'powershell', 'mail', 'emailext', 'slackSend'],
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

class Reader {
  readonly unreadable: Statements['unreadable'] = [];
  openLine: number | null = null;
  readonly #cursor: TokenCursor;
  readonly #values: ValueReader;
  readonly #isScripted: boolean;

  constructor(tokens: Token[], isScripted: boolean) {
    this.#cursor = new TokenCursor(tokens);
    this.#isScripted = isScripted;
    this.#values = new ValueReader(this.#cursor, (depth) => {
      this.#cursor.take();
      return this.statements(depth + 1);
    });
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
    if (this.#isScripted) this.#cursor.skipDefOfList();
    const first = this.#cursor.peek();
    const start = this.#cursor.position;
    const isBlock = this.#isScripted && scriptedWords.has(first.text);
    const isPlain = first.kind === 'word' && (isBlock || !groovyWords.has(first.text));
    if (!isPlain || depth >= maxDepth) {
      this.#skipStatement(first);
      return this.#cursor.hasWordSince(start, 'input') ? anyInput(first.line) : null;
    }
    return this.#named(first, depth, isBlock);
  }

  #named({ line }: Token, depth: number, isBlock: boolean): Statement {
    const start = this.#cursor.position;
    const name = this.#cursor.dottedName();
    const statement: Statement = { name, line, args: [], named: new Map(), block: null };
    this.#readArgs(statement, depth);
    if (this.#cursor.isMark('{')) statement.block = this.#block(statement.name, depth);
    const goesOn = isBlock && scriptedWords.has(this.#cursor.peek().text);
    if (!goesOn && !this.#cursor.isStatementEnd()) this.#skipStatement(this.#cursor.peek());
    if (this.#hasHiddenInput(statement, start)) statement.block = [anyInput(line)];
    return statement;
  }

  /** `ok = input('Sure?') == 'yes'` waits for people as well. */
  #hasHiddenInput({ name, named, block }: Statement, start: number): boolean {
    const hasClosures = [...named.values()].some(({ kind }) => kind === 'closure');
    return name !== 'input' && block === null && !hasClosures && this.#cursor.hasWordSince(start, 'input');
  }

  #readArgs(statement: Statement, depth: number): void {
    const named = new Map<string, Value>();
    statement.named = named;
    if (this.#cursor.isMark('=')) statement.args.push(this.#values.assigned(depth));
    else if (this.#cursor.isMark('(')) {
      this.#cursor.take();
      this.#values.args(statement, named, depth);
      if (this.#cursor.isMark(')')) this.#cursor.take();
      // docker.image('node').inside { }
      if (this.#isScripted && this.#cursor.isMark('.')) statement.name += this.#cursor.further();
    } else if (this.#isScripted && this.#cursor.isAssignedPlace()) {
      // branches['lint'] = { }
      statement.name += '[]';
      this.#cursor.take();
      statement.args.push(this.#values.value(depth));
      this.#cursor.take();
      statement.args.push(this.#values.assigned(depth));
    } else if (!this.#cursor.isStatementEnd() && !this.#cursor.isMark('{'))
      this.#values.args(statement, named, depth);
  }

  #block(name: string, depth: number): Statement[] {
    const start = this.#cursor.position;
    const { line } = this.#cursor.peek();
    if (name === 'expression') {
      const value = this.#values.onlyValue(depth);
      if (value !== null) return [{ name: 'value', line, args: [value], named: new Map(), block: null }];
    }
    if (groovyBlocks.has(name)) {
      const plain = name === 'script' ? this.#plainBlock(depth) : null;
      if (plain !== null) return plain;
      this.#cursor.skipBalanced();
      return this.#cursor.hasWordSince(start, 'input') ? [anyInput(line)] : [];
    }
    this.#cursor.take();
    return this.statements(depth + 1);
  }

  /** Steps alone, without any Groovy between them; null, and nothing is taken: there is some. */
  #plainBlock(depth: number): Statement[] | null {
    const start = this.#cursor.position;
    const { length } = this.unreadable;
    const { openLine } = this;
    this.#cursor.take();
    const statements = this.statements(depth + 1);
    if (this.unreadable.length === length && statements.every(isPlainStep)) return statements;
    this.#cursor.returnTo(start);
    this.unreadable.length = length;
    this.openLine = openLine;
    return null;
  }

  /** To the end of the line, or of what is opened in it. */
  #skipStatement({ line, text }: Token): void {
    this.unreadable.push({ line, text: text.split('\n', 1)[0]?.slice(0, 40) ?? '' });
    while (!this.#cursor.isStatementEnd()) {
      this.#cursor.skipOne();
    }
  }
}

function isPlainStep({ name, args, named, block }: Statement): boolean {
  const values = [...args, ...named.values()];
  const isLiteral = ({ kind }: Value) => kind !== 'other' && kind !== 'closure';
  return plainSteps.has(name) && values.every(isLiteral) && (block ?? []).every(isPlainStep);
}

/** Stands for an `input` somewhere in Groovy: that somebody is asked must not be lost. */
function anyInput(line: number): Statement {
  return { name: 'input', line, args: [], named: new Map(), block: null };
}
