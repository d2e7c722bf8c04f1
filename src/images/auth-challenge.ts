/** One way to authenticate that a server offers in `WWW-Authenticate`. */
export interface AuthChallenge {
  /** Lower case: `bearer`, `basic`. */
  scheme: string;
  /** Names in lower case, values without their quotes. */
  parameters: Record<string, string>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** `name="quoted, with commas"` or `name=token`. */
const parameterPattern = new RegExp(
  `\\s*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))(?=\\s*(?:,|$))`,
  'y',
);
/** A scheme, with the one opaque token that schemes such as Negotiate carry instead of parameters. */
const schemePattern = new RegExp(
  `\\s*(${token})(?=\\s*(?:,|$)|\\s+[^\\s=])(?:\\s+[A-Za-z0-9._~+/-]+=*(?=\\s*(?:,|$)))?`,
  'y',
);
const separatorPattern = /[\s,]*/y;

/**
 * Reads a `WWW-Authenticate` header by the grammar of RFC 9110: several challenges, commas and escapes inside quotes.
 * What follows a part that does not fit the grammar is left out.
 */
export function parseAuthChallenges(header: string): AuthChallenge[] {
  const challenges: AuthChallenge[] = [];
  let at = 0;
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (read(separatorPattern); at < header.length; read(separatorPattern)) {
    const current = challenges.at(-1);
    const parameter = current === undefined ? null : read(parameterPattern);
    if (current !== undefined && parameter !== null) {
      const [, name = '', quoted, plain = ''] = parameter;
      current.parameters[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain;
      continue;
    }
    const scheme = read(schemePattern)?.[1];
    if (scheme === undefined) break;
    challenges.push({ scheme: scheme.toLowerCase(), parameters: {} });
  }
  return challenges;
}
