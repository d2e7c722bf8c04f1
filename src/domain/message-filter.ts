import { RE2JS, RE2JSSyntaxException } from 're2js';

/**
 * A list of regular expressions on the log message, in RE2's language, which no message can make slow. One matches anywhere
 * in the message; a leading `!` excludes; the last match decides.
 */
export function messageMatches(patterns: readonly string[], message: string): boolean {
  const last = patterns.findLast((pattern) => compile(pattern).matcher(message).find());
  return last !== undefined && !last.startsWith('!');
}

/** What is wrong with one expression, or null. */
export function messagePatternMistake(pattern: string): string | null {
  if (pattern.length > 300) return 'an expression has at most 300 characters';
  try {
    compile(pattern);
    return null;
  } catch (error) {
    const why = error instanceof RE2JSSyntaxException ? `: ${error.getDescription()}` : '';
    return `this is no regular expression of RE2${why}\nRE2 has no look-around and no back-references`;
  }
}

/** `[skip ci]`, `[ci skip]` and `[no ci]` in a message, as other servers know them. */
export function skipMarkerIn(message: string): string | null {
  return /\[(?:skip ci|ci skip|no ci)\]/i.exec(message)?.[0] ?? null;
}

function compile(pattern: string): RE2JS {
  return RE2JS.compile(pattern.replace(/^!/, ''), RE2JS.MULTILINE);
}
