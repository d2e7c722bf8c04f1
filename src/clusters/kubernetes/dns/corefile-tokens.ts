/** A word of a Corefile, and where it stands. */
export interface Token {
  text: string;
  /** From 0. */
  line: number;
  start: number;
  end: number;
}

/** A server block or a snippet: what stands before its brace, and what is in it. */
export interface Block {
  /** `.:53`, `example.com`, `(snippet)` */
  keys: string[];
  /** The first words of its lines, and the words after them on the same line. */
  directives: Token[][];
  /** Where its closing brace stands. */
  close: number;
}

export interface Corefile {
  blocks: Block[];
  /** What is imported outside of all blocks. */
  imports: string[];
}

/** @returns null where its braces do not match */
export function parseCorefile(text: string): Corefile | null {
  const state: Reading = { corefile: { blocks: [], imports: [] }, keys: [], block: null, depth: 0 };
  for (const token of tokensOf(text)) if (!take(state, token)) return null;
  return state.depth === 0 && state.keys.length === 0 ? state.corefile : null;
}

interface Reading {
  corefile: Corefile;
  /** What stands before the next block. */
  keys: Token[];
  block: Block | null;
  depth: number;
}

/** @returns false: nothing can come of it any more */
function take(state: Reading, token: Token): boolean {
  const { block, corefile } = state;
  if (block === null) return takeOutside(state, token);
  if (token.text === '}') {
    state.depth--;
    if (state.depth > 0) return true;
    corefile.blocks.push({ ...block, close: token.start });
    state.block = null;
    return true;
  }
  if (state.depth === 1) addWord(block, token);
  if (token.text === '{') state.depth++;
  return true;
}

function takeOutside(state: Reading, token: Token): boolean {
  if (token.text === '}') return false;
  if (token.text !== '{') {
    state.keys = outside(state.corefile, [...state.keys, token]);
    return true;
  }
  const keys = state.keys.map((key) => key.text.replace(/,$/, ''));
  Object.assign(state, { keys: [], depth: 1, block: { keys, directives: [], close: 0 } });
  return true;
}

/** `import FILES` is a line of its own. */
function outside(corefile: Corefile, words: Token[]): Token[] {
  const [first, second] = words;
  if (first?.text !== 'import' || second === undefined || second.line !== first.line) return words;
  corefile.imports.push(second.text);
  return [];
}

function addWord(block: Block, token: Token): void {
  const last = block.directives.at(-1);
  if (last !== undefined && last[0]?.line === token.line) last.push(token);
  else block.directives.push([token]);
}

/** Words, quoted texts and braces; a comment begins with a word that begins with `#`. */
function* tokensOf(text: string): Generator<Token> {
  let line = 0;
  for (const match of text.matchAll(/\n|#[^\n]*|"(?:\\.|[^"\\])*"?|[^\s"][^\s]*/g)) {
    const [word] = match;
    if (word === '\n') line++;
    else if (!word.startsWith('#'))
      yield { text: word, line, start: match.index, end: match.index + word.length };
    if (word.startsWith('"')) line += word.split('\n').length - 1;
  }
}
