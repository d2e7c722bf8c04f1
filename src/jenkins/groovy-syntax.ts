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
  | { kind: 'text'; text: string; odd: string[]; names: string[] }
  | { kind: 'word'; text: string }
  | { kind: 'call'; name: string; args: Value[]; named: ReadonlyMap<string, Value> }
  /** `[a, b]`, `[key: a]` */
  | { kind: 'list'; items: Value[]; named: ReadonlyMap<string, Value> }
  /** `{ ... }` as a value. */
  | { kind: 'closure'; line: number; block: Statement[] }
  /** `word == 'text'`, or `word == 'text' || word == 'other'` */
  | { kind: 'equals'; word: string; texts: string[] }
  /** An expression of another kind. */
  | { kind: 'other' };

/** '' for what is neither a text nor a word. */
export function plainText(value: Value | undefined): string {
  return value?.kind === 'text' || value?.kind === 'word' ? value.text : '';
}

/** The same, of what may also be a list of them: `values 'a', 'b'` and `['a', 'b']`. */
export function plainTexts(values: readonly Value[]): string[] {
  return values.flatMap((value) => (value.kind === 'list' ? value.items : [value])).map(plainText);
}
