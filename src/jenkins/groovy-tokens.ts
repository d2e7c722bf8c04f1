/** A piece of a Jenkinsfile; `break` ends a statement. */
export interface Token {
  kind: 'word' | 'number' | 'text' | 'mark' | 'break' | 'end';
  /** Of a text: what a shell should get, `${env.NAME}` as `${NAME}`. */
  text: string;
  line: number;
  /** Of a text: expressions in it that only Groovy can read. */
  odd: string[];
  /** Of a text: the variables in it. */
  names: string[];
  /** Of a text: what it reads of `params`, also in such expressions. */
  parameters: string[];
}

interface Rule {
  kind: Exclude<Token['kind'], 'end'> | 'nothing';
  pattern: RegExp;
  isGroovy?: boolean;
}

/** The first that fits. Three quotes come before one: two of them are an empty text otherwise. */
const rules: Rule[] = [
  { kind: 'nothing', pattern: /(?:[ \t\r\f\v]|\\\n|\/\/[^\n]*|\/\*.*?(?:\*\/|$))+/sy },
  { kind: 'break', pattern: /[\n;]/y },
  { kind: 'word', pattern: /[A-Za-z_]\w*/y },
  { kind: 'text', pattern: /'''((?:\\.|(?!''').)*)(?:'''|$)/sy },
  { kind: 'text', pattern: /"""((?:\\.|(?!""").)*)(?:"""|$)/sy, isGroovy: true },
  { kind: 'text', pattern: /'((?:\\.|[^'\\\n])*)'?/sy },
  { kind: 'text', pattern: /"((?:\\.|[^"\\\n])*)"?/sy, isGroovy: true },
  { kind: 'number', pattern: /\d[\d.]*/y },
  { kind: 'mark', pattern: /./sy },
];

/** The tokens of the part of Groovy that declarative Jenkinsfiles are written in. Never throws. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (let at = 0; at < source.length; ) {
    const { rule, match } = ruleAt(source, at);
    const token = tokenOf(rule, match, line);
    if (token !== null) tokens.push(token);
    const [whole] = match;
    line += whole.split('\n').length - 1;
    at += whole.length;
  }
  tokens.push({ kind: 'end', text: '', line, ...nothingRead });
  return tokens.filter((_token, at) => !isBeforeBrace(tokens, at));
}

/** A line that ends before the brace of its block, as some write it: `stage('Test')`, and `{` on the next one. */
function isBeforeBrace(tokens: readonly Token[], at: number): boolean {
  if (tokens[at]?.text !== '\n') return false;
  const isBreak = (index: number) => tokens[index]?.kind === 'break' && tokens[index].text === '\n';
  let [before, after] = [at, at];
  while (isBreak(before)) before--;
  while (isBreak(after)) after++;
  const [head, brace] = [tokens[before], tokens[after]];
  const isHead = head?.kind === 'word' || (head?.kind === 'mark' && head.text === ')');
  return isHead && brace?.kind === 'mark' && brace.text === '{';
}

function ruleAt(source: string, at: number): { rule: Rule; match: RegExpExecArray } {
  for (const rule of rules) {
    rule.pattern.lastIndex = at;
    const match = rule.pattern.exec(source);
    if (match !== null) return { rule, match };
  }
  throw new Error('the last rule takes any character');
}

function tokenOf(
  { kind, isGroovy = false }: Rule,
  [whole, inner]: RegExpExecArray,
  line: number,
): Token | null {
  if (kind === 'nothing') return null;
  if (kind !== 'text') return { kind, text: whole, line, ...nothingRead };
  return { kind, line, ...textOf(inner ?? '', isGroovy) };
}

const nothingRead = { odd: [], names: [], parameters: [] };

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\n': '' };

function textOf(written: string, isGroovy: boolean): Omit<Token, 'kind' | 'line'> {
  const odd: string[] = [];
  const names: string[] = [];
  const parameters: string[] = [];
  const text = written.replaceAll(
    /\\(.)|\$\{([^}]*)\}|\$[A-Za-z_][\w.]*/gs,
    (whole, escaped: string | undefined, expression: string | undefined) => {
      if (escaped !== undefined) return escapes[escaped] ?? escaped;
      if (!isGroovy) return whole;
      const inner = (expression ?? whole.slice(1)).trim();
      for (const [, read = ''] of inner.matchAll(/\bparams\.([A-Za-z_]\w*)\b(?!\s*[({])/g))
        parameters.push(read);
      const name = /^(?:env\.|params\.)?(?<name>[A-Za-z_]\w*)$/.exec(inner)?.groups?.name;
      if (name === undefined) odd.push(whole);
      else names.push(name);
      return name === undefined ? whole : `\${${name}}`;
    },
  );
  return { text, odd, names, parameters };
}
