import type { Token } from './groovy-tokens.ts';

/** A place in a row of tokens. */
export class TokenCursor {
  readonly #tokens: Token[];
  #at = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  /** Counts up with each token that is taken. */
  get position(): number {
    return this.#at;
  }

  take(count = 1): void {
    this.#at += count;
  }

  returnTo(position: number): void {
    this.#at = position;
  }

  /** Takes `def` of `def name = [`: a list or map that later lines may be made of. */
  skipDefOfList(): void {
    const [def, name, equals, open] = this.#tokens.slice(this.#at, this.#at + 4);
    const isList = def?.text === 'def' && def.kind === 'word' && name?.kind === 'word';
    if (isList && equals?.text === '=' && open?.text === '[') this.take();
  }

  /** Whether here is `['text'] =`, and no `==`. */
  isAssignedPlace(): boolean {
    const [open, place, close, equals, next] = this.#tokens.slice(this.#at, this.#at + 5);
    const isPlace = open?.kind === 'mark' && open.text === '[' && place?.kind === 'text';
    return isPlace && close?.text === ']' && equals?.text === '=' && next?.text !== '=';
  }

  dottedName(): string {
    let name = this.peek().text;
    this.#at++;
    while (this.isMark('.') && this.#tokens[this.#at + 1]?.kind === 'word') {
      name += `.${this.#tokens[this.#at + 1]?.text}`;
      this.#at += 2;
    }
    return name;
  }

  /** `.name()` behind a call, with the brackets that follow; what is in them counts for nothing. */
  further(): string {
    this.#at++;
    const name = this.peek().kind === 'word' ? `.${this.dottedName()}` : '';
    if (this.isMark('(')) this.skipBalanced();
    return name;
  }

  /** `key` of `key: value` and of `'key': value`; null where there is none. */
  key(): string | null {
    const { kind, text } = this.peek();
    const colon = this.#tokens[this.#at + 1];
    return (kind === 'word' || kind === 'text') && colon?.kind === 'mark' && colon.text === ':' ? text : null;
  }

  /** One token, or all that a bracket holds. */
  skipOne(): void {
    if (['(', '[', '{'].some((mark) => this.isMark(mark))) this.skipBalanced();
    else this.take();
  }

  /** From a bracket to behind its partner. */
  skipBalanced(): void {
    for (let open = 0; this.peek().kind !== 'end'; ) {
      const { kind, text } = this.peek();
      this.#at++;
      if (kind !== 'mark') continue;
      if (/[([{]/.test(text)) open++;
      if (/[)\]}]/.test(text) && --open <= 0) return;
    }
  }

  skipBreaksAfterComma(): void {
    const before = this.#tokens[this.#at - 1];
    if (before?.kind === 'mark' && /[,([]/.test(before.text)) this.skipBreaks();
  }

  skipBreaks(): void {
    while (this.peek().kind === 'break') this.#at++;
  }

  /** Whether one of the tokens from a position up to here is this word. */
  hasWordSince(position: number, word: string): boolean {
    return this.#tokens.slice(position, this.#at).some(({ kind, text }) => kind === 'word' && text === word);
  }

  skipBreaksBefore(close: string): void {
    let ahead = this.#at;
    while (this.#tokens[ahead]?.kind === 'break') ahead++;
    const next = this.#tokens[ahead];
    if (next?.kind === 'mark' && (next.text === close || next.text === ',')) this.#at = ahead;
  }

  isStatementEnd(): boolean {
    const { kind } = this.peek();
    return kind === 'break' || kind === 'end' || this.isMark('}');
  }

  isValueEnd(): boolean {
    return this.isStatementEnd() || [',', ')', ']', '{'].some((mark) => this.isMark(mark));
  }

  isMark(text: string): boolean {
    const token = this.peek();
    return token.kind === 'mark' && token.text === text;
  }

  peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '', line: 0, odd: [], names: [], parameters: [] };
  }
}
